# ubpf-sim: everything starts from here. `make help` lists the targets.

SHELL := bash
SWIFT ?= swift
# Where the hand-written and Verilator baselines of the benchmarks live; without them only absolute figures are printed.
BASELINES ?= ../shared/bench/core
# A benchmark of libfst, GTKWave's FST library, and how to build it.
LIBFST ?= ../shared/bench/fst
# The sources of uBPF (https://github.com/iovisor/ubpf), to compare its interpreter with the functional engine.
UBPF ?= ../ubpf

SIMULATOR := .build/release/ubpf-sim
# Where `make install` puts the command and the library.
PREFIX ?= /usr/local
LIBRARY := .build/library/release/libubpfsim.so
VERSION := $(shell sed -n 's/.*version: "\(.*\)".*/\1/p' Sources/ubpf-sim/Main.swift)

SWIFT_SOURCES := Sources Tests Package.swift
# What is tested is optimised (see Package.swift). In a folder of its own, so that `swift test` need not build it all anew.
TESTS_BUILD := UBPFSIM_OPTIMISED=1
TESTS_FOLDER := --scratch-path .build/tests
TEST_LOG := .build/tests/test.log

PROGRAMS := .build/release/RTLPrograms
# A cocotb bench, of whose output only the result is shown, or the end when it fails.
COCOTB = .build/oracle/bin/python3 Tests/RTL/cocotb_check.py $(1) > .build/rtl/cocotb.log 2>&1 \
	|| { tail -n 40 .build/rtl/cocotb.log; exit 1; }; grep "cocotb with" .build/rtl/cocotb.log

# How many of the seeded bugs of the RTL to look for, if not for all.
SEEDED = $(if $(BUGS),--bugs $(BUGS))

# Where `make random` puts its scenarios, and the seed of them.
RANDOM_FOLDER := .build/random
SEED ?= 1

# The set-up check runs again when the script or the installed packages changed, and is skipped otherwise.
SETUP_KEY := $(shell cat scripts/setup.sh /var/lib/dpkg/status 2>/dev/null | cksum | cut -d ' ' -f 1)
SETUP := .build/setup/$(SETUP_KEY)

.DEFAULT_GOAL := run
.PHONY: run test bench random registers rtl-core rtl-check install library format lint clean help release

run: release  ## build, simulate the count scenario and write its trace and report (default)
	$(SIMULATOR) traces/count/count.json --trace count.fst --report count-report.json
	@echo
	@echo "Waveform  count.fst          open it with: gtkwave count.fst count.gtkw"
	@echo "Report    count-report.json"

test: $(SETUP)-test  ## build and run all tests
	@set -o pipefail; $(TESTS_BUILD) $(SWIFT) build --build-tests $(TESTS_FOLDER) 2>&1 \
		| sed -u '/^remark: Incremental compilation has been disabled/d'
	@set -o pipefail; $(TESTS_BUILD) $(SWIFT) test --skip-build $(TESTS_FOLDER) 2>&1 | tee $(TEST_LOG) \
		|| { printf '\nWhat failed (all of it: $(TEST_LOG)):\n'; grep -E '^✘|↳ |Fatal error:|Program crashed' $(TEST_LOG) | grep -vE 'Library Version|Target Platform'; exit 1; }

bench: $(SETUP)-bench release  ## measure speed, memory, start-up and bandwidth against the baselines
	@$(SWIFT) build -c release --product TLPBench
	@$(SWIFT) build -c release --product WaveformBench
	@python3 Bench/bench.py --baselines $(BASELINES) --libfst $(LIBFST) --ubpf $(UBPF)

random: release  ## run 1,000 random scenarios (SEED=1), and print what they hit
	@rm -rf $(RANDOM_FOLDER)
	@mkdir -p $(RANDOM_FOLDER)
	@for profile in device system; do \
		$(SIMULATOR) random --seed $(SEED) --count 500 --profile $$profile --out $(RANDOM_FOLDER) || exit; done
	@ls $(RANDOM_FOLDER)/*.json | xargs -P $$(nproc) -I{} sh -c \
		'timeout 60 $(SIMULATOR) {} --coverage {}.coverage > {}.log 2>&1 || echo "failed: $(SIMULATOR) {}"' \
		> $(RANDOM_FOLDER)/failed
	@$(SIMULATOR) coverage $(RANDOM_FOLDER)/*.coverage -o $(RANDOM_FOLDER)/coverage.json
	@cat $(RANDOM_FOLDER)/failed; test ! -s $(RANDOM_FOLDER)/failed

registers: $(SETUP)-test  ## generate the table and the C header of the register map from specs/registers
	@.build/oracle/bin/python3 specs/registers/generate.py

rtl-core: $(SETUP)-test library  ## compare the reference core with the model under Verilator, and find its seeded bugs (BUGS=0 for none)
	@$(SWIFT) build -c release --product RTLPrograms
	@python3 Tests/RTL/check.py --library $(dir $(LIBRARY)) --programs $(PROGRAMS) --measure $(SEEDED)
	@$(call COCOTB,core --simulator icarus --library $(LIBRARY) --programs $(PROGRAMS))
	@$(call COCOTB,core --simulator verilator --library $(LIBRARY) --programs $(PROGRAMS))
	@$(call COCOTB,stream --simulator icarus)
	@$(call COCOTB,stream --simulator verilator)

rtl-check: rtl-core release  ## the same with the whole reference device, its dumps and its packets
	@python3 Tests/RTL/tlp_check.py --simulator $(SIMULATOR) --library $(dir $(LIBRARY))
	@python3 Tests/RTL/dump_check.py core --simulator $(SIMULATOR) --library $(dir $(LIBRARY)) --programs $(PROGRAMS)
	@python3 Tests/RTL/dump_check.py device --simulator $(SIMULATOR) --bug 2 --bug 7 --bug 14
	@python3 Tests/RTL/device_check.py --simulator $(SIMULATOR) $(SEEDED)
	@$(call COCOTB,device --ubpf-sim $(SIMULATOR) --library $(LIBRARY))

install: release library  ## install the command, the library and its header under PREFIX (/usr/local)
	install -D -m 755 $(SIMULATOR) $(DESTDIR)$(PREFIX)/bin/ubpf-sim
	install -D -s -m 755 $(LIBRARY) $(DESTDIR)$(PREFIX)/lib/libubpfsim.so
	install -D -m 644 Sources/CUBPFSimHeader/include/ubpfsim.h $(DESTDIR)$(PREFIX)/include/ubpfsim.h
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/ubpf-sim/systemverilog Bindings/SystemVerilog/*
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/ubpf-sim/python Bindings/Python/pyproject.toml
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/ubpf-sim/python/ubpfsim Bindings/Python/ubpfsim/*.py Bindings/Python/ubpfsim/py.typed
	@mkdir -p $(DESTDIR)$(PREFIX)/lib/pkgconfig
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' scripts/ubpfsim.pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/ubpfsim.pc

format: $(SETUP)-build  ## format the Swift sources in place
	@$(SWIFT) format --in-place --parallel --recursive $(SWIFT_SOURCES)

lint: $(SETUP)-build  ## check the format of the Swift sources
	@$(SWIFT) format lint --strict --parallel --recursive $(SWIFT_SOURCES)

clean:  ## remove everything that was built or written by `run`
	rm -rf .build count.fst count.gtkw count.sucl count-report.json

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

release: $(SETUP)-build
	@$(SWIFT) build -c release --product ubpf-sim

# The Swift runtime is inside, so that test benches need no Swift. In a folder of its own, as it is linked in another way.
library: $(SETUP)-build
	@$(SWIFT) build -c release --product ubpfsim --scratch-path .build/library -Xswiftc -static-stdlib \
		-Xlinker --version-script=scripts/ubpfsim.map -Xlinker --gc-sections

$(SETUP)-%:
	@scripts/setup.sh $*
	@mkdir -p $(@D)
	@touch $@
