// Sets theme and density before anything is painted, so that the page never flashes in the wrong one.
(() => {
  "use strict";
  const root = document.documentElement;
  const THEMES = ["light", "dark", "system"];

  function remembered(name, fallback) {
    try {
      return localStorage.getItem(name) ?? fallback;
    } catch {
      return fallback; // storage is forbidden here
    }
  }

  function remember(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
      // storage is forbidden here: the choice holds for this page
    }
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");

  function applyTheme(choice) {
    const theme = THEMES.includes(choice) ? choice : "system";
    root.dataset.themeChoice = theme;
    root.dataset.bsTheme = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
    for (const button of document.querySelectorAll("[data-theme-choice][aria-pressed]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    }
  }

  function applyDensity(choice) {
    root.dataset.density = choice === "compact" ? "compact" : "normal";
    for (const button of document.querySelectorAll("[data-density-switch]")) {
      button.setAttribute("aria-pressed", String(choice === "compact"));
    }
  }

  root.classList.add("js");
  applyTheme(remembered("theme", "system"));
  applyDensity(remembered("density", "normal"));
  dark.addEventListener("change", () => applyTheme(root.dataset.themeChoice));

  document.addEventListener("DOMContentLoaded", () => {
    applyTheme(root.dataset.themeChoice);
    applyDensity(root.dataset.density);
  });
  document.addEventListener("htmx:after:swap", () => applyDensity(root.dataset.density));

  document.addEventListener("click", (event) => {
    const theme = event.target.closest("button[data-theme-choice]");
    if (theme) {
      remember("theme", theme.dataset.themeChoice);
      applyTheme(theme.dataset.themeChoice);
    }
    if (event.target.closest("[data-density-switch]")) {
      const density = root.dataset.density === "compact" ? "normal" : "compact";
      remember("density", density);
      applyDensity(density);
    }
    const fold = event.target.closest("[data-fold]");
    if (fold) {
      const unfolded = document.getElementById("sidebar").classList.toggle("is-unfolded");
      fold.setAttribute("aria-expanded", String(unfolded));
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
