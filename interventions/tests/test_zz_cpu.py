import cProfile, io, os, pstats, re, statistics, time
import pytest
from django.test import Client
from interventions.tests import stage
from interventions.tests.helped import lending
from interventions.tests.test_case_live import client_of
from interventions.tests.test_case_cost import live_through_much
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]

def test_cpu():
    made = stage.set_up(); lending(made.customer)
    client = client_of(made.manager)
    if os.environ.get("BUSY"): live_through_much(made)
    addr = f"/cases/{made.case.pk}/"
    for _ in range(10): assert client.get(addr).status_code == 200
    out = []
    for _ in range(60):
        t = time.process_time(); r = client.get(addr); out.append((time.process_time() - t) * 1000)
    u = []
    for _ in range(60):
        t = time.process_time(); client.get("/static/none"); u.append((time.process_time() - t) * 1000)
    lines = [f"cpu median {statistics.median(out):.2f} floor(404) {statistics.median(u):.2f} bytes {len(r.content)}"]
    p = cProfile.Profile()
    for _ in range(30): p.enable(); client.get(addr); p.disable()
    s = io.StringIO(); ps = pstats.Stats(p, stream=s); ps.sort_stats("cumtime").print_stats(500); ps.sort_stats("tottime").print_stats(30)
    lines += [re.sub(r"/work/main/(.venv/lib/python3.11/site-packages/)?", "", l) for l in s.getvalue().splitlines()]
    open("/tmp/s9/case_prof.txt", "w").write("\n".join(lines))
