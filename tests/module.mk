# SPDX-License-Identifier: MIT
# `make test` runs these in this order, the quick ones first.
run-tests: all
	$(Q)$(MAKE) --no-print-directory lint
	$(Q)$(MAKE) --no-print-directory check-clang
	$(Q)$(MAKE) --no-print-directory unit
	$(Q)$(MAKE) --no-print-directory fuzz
	$(Q)$(MAKE) --no-print-directory tool-test
	$(Q)$(MAKE) --no-print-directory firmware-judge
	$(Q)$(MAKE) --no-print-directory boot-test

lint: $(BUILD)/free/libmkboot.a ## the rules that a script can check
	$(Q)tests/lint $(BUILD)
	$(Q)tests/conformance --build $(BUILD)

check-clang: ## build everything with clang, too: no warning is allowed
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/clang CC=clang all verdict-kernels

# Unit tests: each tests/unit/*_test.c is a cmocka program over the portable objects with ASan and UBSan.
unit_tests := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*_test.c))
unit_support := $(patsubst %.c,$(BUILD)/asan/%.o,$(filter-out %_test.c,$(wildcard tests/unit/*.c)) \
	$(wildcard $(addprefix stage2/bios/,memory_probe.c disk.c firmware_tables.c video.c) \
		$(addprefix stage2/pc/,tables.c acpi_tables.c cpu_facts.c random_seed.c serial_key.c)) \
	$(filter-out uefi/main.c uefi/gate.c,$(wildcard uefi/*.c))) # these run on a firmware of the tests
$(unit_tests): $(BUILD)/tests/unit/%: $(BUILD)/asan/tests/unit/%.o $(unit_support) $(BUILD)/asan/libmkboot.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(asan_flags) -o $@ $^ -lcmocka -lz

chosen_tests := $(if $(T),$(BUILD)/tests/unit/$(T)_test,$(unit_tests))
unit: $(chosen_tests) ## unit tests with ASan and UBSan; T=fat runs one of them
	$(Q)tests/run-programs $(chosen_tests)

# Fuzzers: each tests/fuzz/*_fuzz.c is a libFuzzer target; its seeds are in tests/fuzz/corpus/NAME.
fuzzers := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))
fuzz_support := $(patsubst %.c,$(BUILD)/fuzz/%.o,$(filter-out %_fuzz.c,$(wildcard tests/fuzz/*.c)) stage2/pc/acpi_tables.c)
$(fuzzers): $(BUILD)/tests/fuzz/%: $(BUILD)/fuzz/tests/fuzz/%.o $(fuzz_support) $(BUILD)/fuzz/libmkboot.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) $(fuzz_flags) -fsanitize=fuzzer,address,undefined -o $@ $^ -lz

SECONDS_EACH := $(or $(SECONDS),5)
fuzz: $(if $(T),$(BUILD)/tests/fuzz/$(T)_fuzz,$(fuzzers)) ## run the fuzzers; T=fat SECONDS=60 runs one of them longer
	$(Q)tests/run-fuzzers $(SECONDS_EACH) $^

.PHONY: run-tests lint check-clang unit fuzz
