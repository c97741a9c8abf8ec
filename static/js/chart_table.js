// A table as a picture (PNG): its cells with their colours and words where the page has them, and its title above.
(() => {
  "use strict";
  const { FONT_PX, colours, widest } = window.equilibrateCharts;
  const SHARPNESS = 2;
  const EDGE_PX = 16;
  const TITLE_PX = 32;

  function fill(pen, cell, theme) {
    const box = cell.getBoundingClientRect();
    const style = getComputedStyle(cell);
    pen.fillStyle = style.backgroundColor;
    pen.beginPath();
    pen.roundRect(box.x, box.y, box.width, box.height, parseFloat(style.borderRadius) || 0);
    pen.fill();
    pen.fillStyle = theme.line;
    if (cell.parentElement.parentElement.tagName === "THEAD") pen.fillRect(box.x, box.bottom, box.width, 1);
  }

  // Word by word, wherever lines break on the page.
  function write(pen, node) {
    const style = getComputedStyle(node.parentElement);
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    pen.fillStyle = style.color;
    for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const box = range.getBoundingClientRect();
      if (box.width) pen.fillText(word, box.x, box.y + box.height / 2);
    }
  }

  function draw(pen, table, theme) {
    for (const cell of table.querySelectorAll("th, td")) fill(pen, cell, theme);
    pen.textBaseline = "middle";
    const texts = document.createTreeWalker(table, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) write(pen, texts.currentNode);
  }

  function picture(figure) {
    const table = figure.querySelector("table");
    const title = figure.querySelector("h2").textContent;
    const theme = colours();
    const box = table.getBoundingClientRect();
    const width = Math.max(box.width, widest([title], theme) * 1.2) + 2 * EDGE_PX;
    const canvas = document.createElement("canvas");
    canvas.width = Math.ceil(width * SHARPNESS);
    canvas.height = Math.ceil((box.height + TITLE_PX + 2 * EDGE_PX) * SHARPNESS);
    const pen = canvas.getContext("2d");
    pen.scale(SHARPNESS, SHARPNESS);
    pen.fillStyle = theme.surface;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = theme.text;
    pen.font = `650 ${FONT_PX + 1}px ${theme.font}`;
    pen.fillText(title, EDGE_PX, EDGE_PX + FONT_PX);
    pen.translate(EDGE_PX - box.x, EDGE_PX + TITLE_PX - box.y);
    draw(pen, table, theme);
    return canvas.toDataURL("image/png");
  }

  document.addEventListener("click", (event) => {
    const figure = event.target.closest?.("[data-table-picture]")?.closest("[data-pictured]");
    if (!figure) return;
    const link = document.createElement("a");
    link.href = picture(figure);
    link.download = `${figure.dataset.pictured}.png`;
    link.click();
  });
})();
