# `make` alone prints the targets. Every target sets itself up first; deploy/setup says what that means.
python := .venv/bin/python

# Where it is set, every process of a run would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

ifneq ($(and $(ARCH),$(filter image-smoke image-test powercut,$(MAKECMDGOALS))),)
$(error ARCH: only an image for amd64 is booted here; leave it out)
endif

.PHONY: help setup run test test-under-load tour screenshots bench-kiosk bench-sync bench-herd bench-desk bench-call test-call soak fuzz lint lock clean image image-smoke image-test powercut

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

setup: ## Debian packages, virtual environment, browser libraries, fonts; only what is missing
	@# Stopped by Ctrl-C it has said so; make ends too, without a line of its own.
	@trap : INT; deploy/setup || { code=$$?; [ $$code = 130 ] && kill -INT $$PPID && exit 0; exit $$code; }

run: setup ## the whole system on this machine: office, a station, its screen (Ctrl-C stops it)
	@$(python) -m deploy.demo.run

test: lint ## set-up, checks and all tests on all cores; some minutes
	@$(python) -m tests.runner

test-under-load: setup ## all tests three times, beside four busy loops; TIMES=1 LOOPS=2
	@$(python) -m tests.runner --times $(or $(TIMES),3) --burden $(or $(LOOPS),4)

test-call: setup ## video calls under every fault, within 15 minutes; what passed is not played again: ALL=1, CALLS=10
	@$(python) -m tests.calls.long $(CASES)

tour: setup ## the main job on real input, unattended; pictures in build/tour/
	@$(python) -m deploy.demo.tour

screenshots: setup ## a picture of every screen in build/screenshots/
	$(python) -m pytest -q tests/flows/test_pictures.py tests/flows/test_unready.py

bench-kiosk: setup ## how fast the screen is, beside a bare window; build/bench-kiosk.json; QUICK=1 is a quick look
	@$(python) -m tests.bench.kiosk

bench-sync: setup ## how fast station and office are, beside PEERS=folder; QUICK=1, or N=2000 RUNS=1 DOCUMENTS=0
	@$(python) -m tests.bench.sync $(if $(N),--count $(N)) $(if $(RUNS),--runs $(RUNS)) \
		$(if $(DOCUMENTS),--documents $(DOCUMENTS)) $(if $(PEERS),--peers $(PEERS))

bench-herd: setup ## very many stations return after an outage; QUICK=1, or STATIONS=100
	@$(python) -m tests.bench.herd $(if $(STATIONS),--stations $(STATIONS))

bench-desk: setup ## 200 doctors and 1,000 waiting stations at the office; build/bench-desk.json; QUICK=1 is a quick look
	@$(python) -m tests.bench.desk

bench-call: setup ## how soon a doctor is seen, and what a call costs; build/bench-call.json; QUICK=1 is a quick look
	@$(python) -m tests.bench.call

soak: setup ## 500 seeded runs through every fault, on both databases, then kills; RUNS=20 SEED=1 DATABASE=sqlite
	@$(python) -m tests.sync.faults.soak $(if $(RUNS),--runs $(RUNS)) $(if $(SEED),--seed $(SEED)) \
		$(if $(DATABASE),--database $(DATABASE))
	@[ -n "$(SEED)" ] || BAD_LINE=1 CHANCE=5 $(python) -m pytest -s --timeout 1500 -o faulthandler_timeout=0 \
		tests/sync/faults/test_netem.py tests/sync/two_processes tests/flows/test_killed.py

fuzz: setup ## what hypothesis and schemathesis make up, so many times as much as in `make test`; CHANCE=20
	@CHANCE=$(or $(CHANCE),20) $(python) -m pytest --timeout 1500 -o faulthandler_timeout=0 -m "hypothesis or chance" tests

image: setup ## the station's disk image and update in build/image/; as root; VERSION=2026.12.1 CA=folder FRESH=word ARCH=arm64
	@deploy/setup --image
	@nice $(python) -m deploy.image $(if $(VERSION),--version $(VERSION)) $(if $(CA),--ca $(CA)) $(if $(FRESH),--fresh $(FRESH)) \
		$(if $(ARCH),--arch $(ARCH))

image-smoke: image ## that image booted in QEMU: enrolled by a scan, a book borrowed, marked good; as root
	@nice $(python) -m tests.image.smoke

image-test: image ## updates that are good, unsigned, broken, cut off, in QEMU; what passed for this image is not run again; CASE=name
	@nice $(python) -m tests.image.cases $(CASE)

powercut: image ## true loss of power at 200 moments of a day's work and of an update, replayed; CUTS=20 BOOTS=1 SEED=2
	@nice $(python) -m tests.image.powercut $(if $(CUTS),--cuts $(CUTS)) $(if $(BOOTS),--boots $(BOOTS)) \
		$(if $(SEED),--seed $(SEED))

lint: setup ## ruff, pyright strict, import directions
	.venv/bin/ruff check .
	.venv/bin/pyright
	.venv/bin/lint-imports

lock: ## resolve requirements/*.txt anew; UPGRADE=1 moves to the newest versions
	@deploy/lock $(if $(UPGRADE),--upgrade)

clean: ## delete the demo's data (data/) and what was made (build/); keeps .venv/ and the fonts
	@deploy/clean
