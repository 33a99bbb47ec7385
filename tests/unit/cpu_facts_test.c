/* SPDX-License-Identifier: MIT */
/* What is learnt of processors of every kind, without reading a register that CPUID does not promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "stage2/pc/cpu_facts.h"
#include "stage2/pc/processor.h"

enum { EAX, EBX, ECX, EDX };

#define MSR_BIT      (1u << 5)  /* leaf 1 EDX */
#define APIC_BIT     (1u << 9)  /* leaf 1 EDX */
#define VMX_BIT      (1u << 5)  /* leaf 1 ECX */
#define X2APIC_BIT   (1u << 21) /* leaf 1 ECX */
#define RDRAND_BIT   (1u << 30) /* leaf 1 ECX */
#define HV_BIT       (1u << 31) /* leaf 1 ECX */
#define RDSEED_BIT   (1u << 18) /* leaf 7 EBX */
#define SVM_BIT      (1u << 2)  /* leaf 80000001h ECX */
#define NX_BIT       (1u << 20) /* leaf 80000001h EDX */
#define GIB_BIT      (1u << 26) /* leaf 80000001h EDX */
#define SECONDARY    (1ull << 63)
#define EPT          (1ull << 33)
#define UNRESTRICTED (1ull << 39)

/* The processor of the tests: leaves by name and registers that are there. */
static struct {
	uint32_t vendor[4], features[4], structured[4], topology[4], hypervisor[4], extended[4], extended_1[4], addresses[4], svm[4];
	struct {
		uint32_t number;
		bool faults;
		uint64_t value;
	} msr[8];
	unsigned msr_count, msr_reads;
} fake;

static struct machine machine;

static void fake_cpuid(uint32_t leaf, uint32_t registers[4])
{
	static const struct {
		uint32_t leaf;
		const uint32_t *registers;
	} leaves[] = {
		{ 0, fake.vendor },
		{ 1, fake.features },
		{ 7, fake.structured },
		{ 0xB, fake.topology },
		{ 0x40000000, fake.hypervisor },
		{ 0x80000000, fake.extended },
		{ 0x80000001, fake.extended_1 },
		{ 0x80000008, fake.addresses },
		{ 0x8000000A, fake.svm },
	};

	/* Beyond the last leaf Intel's processors answer with the last one: full of bits. */
	if ((leaf < 0x40000000 && leaf > fake.vendor[EAX]) || (leaf >= 0x80000000 && leaf > fake.extended[EAX])) {
		memset(registers, 0xFF, 16);
		return;
	}
	for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++) {
		if (leaves[i].leaf == leaf) {
			memcpy(registers, leaves[i].registers, 16);
			return;
		}
	}
	fail_msg("CPUID leaf 0x%x", leaf);
}

/* Whether CPUID promises this register. */
static bool is_promised(uint32_t msr)
{
	bool intel = memcmp(&fake.vendor[EBX], "Genu", 4) == 0;

	if (!(fake.features[EDX] & MSR_BIT))
		return false;
	switch (msr) {
	case 0x1B:
		return (fake.features[EDX] & APIC_BIT) != 0;
	case 0x3A:
	case 0x482:
		return (fake.features[ECX] & VMX_BIT) != 0;
	case 0x48B:
		for (unsigned i = 0; i < fake.msr_count; i++) {
			if (fake.msr[i].number == 0x482)
				return (fake.msr[i].value & SECONDARY) != 0;
		}
		return false;
	case 0x1A0:
		return intel;
	case 0xC0010114:
		return (fake.extended_1[ECX] & SVM_BIT) != 0;
	default:
		return false;
	}
}

static bool fake_msr(uint32_t msr, uint64_t *value)
{
	fake.msr_reads++;
	if (!is_promised(msr))
		fail_msg("MSR 0x%x was read, and CPUID does not promise it", msr);
	for (unsigned i = 0; i < fake.msr_count; i++) {
		if (fake.msr[i].number == msr && !fake.msr[i].faults) {
			*value = fake.msr[i].value;
			return true;
		}
	}
	return false;
}

static const struct processor processor = { .cpuid = fake_cpuid, .msr = fake_msr };

static void set_vendor(const char *name)
{
	memcpy(&fake.vendor[EBX], name, 4);
	memcpy(&fake.vendor[EDX], name + 4, 4);
	memcpy(&fake.vendor[ECX], name + 8, 4);
}

static void set_msr(uint32_t number, uint64_t value)
{
	fake.msr[fake.msr_count].number = number;
	fake.msr[fake.msr_count++].value = value;
}

/* The least that has long mode. */
static int reset(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof fake);
	memset(&machine, 0, sizeof machine);
	fake.vendor[EAX] = 1;
	set_vendor("VendorOfNone");
	fake.extended[EAX] = 0x80000001;
	return 0;
}

static void make_intel(void)
{
	fake.vendor[EAX] = 0x16;
	set_vendor("GenuineIntel");
	fake.features[EDX] = MSR_BIT | APIC_BIT;
	fake.features[ECX] = VMX_BIT | X2APIC_BIT | RDRAND_BIT;
	fake.structured[EBX] = RDSEED_BIT;
	fake.extended[EAX] = 0x80000008;
	fake.extended_1[EDX] = NX_BIT | GIB_BIT;
	set_msr(0x1B, 0xFEE00900);
	set_msr(0x3A, 5);
	set_msr(0x482, SECONDARY);
	set_msr(0x48B, EPT | UNRESTRICTED);
}

static void make_amd(void)
{
	fake.vendor[EAX] = 0xD;
	set_vendor("AuthenticAMD");
	fake.features[EDX] = MSR_BIT | APIC_BIT;
	fake.extended[EAX] = 0x8000001F;
	fake.extended_1[ECX] = SVM_BIT;
	fake.extended_1[EDX] = NX_BIT;
	fake.svm[EDX] = 1;
	set_msr(0x1B, 0xFEE00900);
	set_msr(0xC0010114, 8);
}

static void the_least_processor_is_not_asked_for_more(void **state)
{
	(void)state;
	read_cpu_facts(&machine, &processor);
	assert_true(machine.cpu.known);
	assert_string_equal(machine.cpu.vendor, "VendorOfNone");
	assert_false(machine.cpu.vmx || machine.cpu.svm || machine.cpu.random_seed || machine.cpu.random || machine.cpu.hypervisor);
	assert_false(machine.cpu_no_execute || machine.cpu_gigabyte_pages);
	assert_int_equal(fake.msr_reads, 0);
}

static void intel_with_everything(void **state)
{
	const struct cpu_facts *cpu = &machine.cpu;

	(void)state;
	make_intel();
	read_cpu_facts(&machine, &processor);
	assert_string_equal(cpu->vendor, "GenuineIntel");
	assert_true(cpu->vmx && cpu->x2apic && cpu->random && cpu->random_seed && cpu->msr && cpu->apic);
	assert_false(cpu->svm || cpu->hypervisor || cpu->vm_cr_known || cpu->nested_paging || cpu->no_execute_off);
	assert_true(machine.cpu_no_execute && machine.cpu_gigabyte_pages);
	assert_true(cpu->apic_base_known && !cpu->x2apic_enabled);
	assert_true(cpu->feature_control_known && cpu->feature_control == 5);
	assert_true(cpu->vmx_controls_known && cpu->ept && cpu->unrestricted_guest);
}

/* Leaf 1 has eight bits of it; leaf Bh has all, unless it is there in name only. */
static void the_apic_id_is_read_where_it_is_whole(void **state)
{
	(void)state;
	fake.features[EBX] = 0x07000800;
	read_cpu_facts(&machine, &processor);
	assert_int_equal(machine.cpu.apic_id, 7);
	fake.vendor[EAX] = 0xB;
	fake.topology[EDX] = 0x1FF;
	read_cpu_facts(&machine, &processor);
	assert_int_equal(machine.cpu.apic_id, 7);
	fake.topology[EBX] = 2;
	read_cpu_facts(&machine, &processor);
	assert_int_equal(machine.cpu.apic_id, 0x1FF);
}

static void amd_with_everything(void **state)
{
	const struct cpu_facts *cpu = &machine.cpu;

	(void)state;
	make_amd();
	read_cpu_facts(&machine, &processor);
	assert_string_equal(cpu->vendor, "AuthenticAMD");
	assert_true(cpu->svm && cpu->nested_paging && machine.cpu_no_execute);
	assert_false(cpu->vmx || cpu->feature_control_known || cpu->vmx_controls_known || machine.cpu_gigabyte_pages);
	assert_true(cpu->vm_cr_known && cpu->vm_cr == 8);
}

/* Every register in turn, and all of them, answer with a fault. */
static void faults_leave_facts_unknown(void **state)
{
	const struct cpu_facts *cpu = &machine.cpu;

	(void)state;
	for (unsigned faulty = 0; faulty <= 4; faulty++) {
		reset(NULL);
		make_intel();
		for (unsigned i = 0; i < fake.msr_count; i++)
			fake.msr[i].faults = faulty == i || faulty == 4;
		read_cpu_facts(&machine, &processor);
		assert_int_equal(cpu->apic_base_known, faulty != 0 && faulty != 4);
		assert_int_equal(cpu->feature_control_known, faulty != 1 && faulty != 4);
		assert_int_equal(cpu->vmx_controls_known, faulty < 2);
		assert_int_equal(cpu->ept, faulty < 2);
	}
	reset(NULL);
	make_amd();
	fake.msr[1].faults = true;
	read_cpu_facts(&machine, &processor);
	assert_true(cpu->svm && !cpu->vm_cr_known && cpu->vm_cr == 0);
}

static void vmx_without_secondary_controls_has_no_ept(void **state)
{
	(void)state;
	make_intel();
	fake.msr[2].value = 0;
	read_cpu_facts(&machine, &processor);
	assert_true(machine.cpu.vmx_controls_known && !machine.cpu.ept && !machine.cpu.unrestricted_guest);
	fake.msr[2].value = SECONDARY;
	fake.msr[3].value = EPT;
	read_cpu_facts(&machine, &processor);
	assert_true(machine.cpu.ept && !machine.cpu.unrestricted_guest);
}

static void no_register_without_the_instruction(void **state)
{
	(void)state;
	make_intel();
	fake.features[EDX] = APIC_BIT;
	read_cpu_facts(&machine, &processor);
	assert_int_equal(fake.msr_reads, 0);
	assert_true(machine.cpu.vmx && !machine.cpu.feature_control_known);
}

static void x2apic_that_the_firmware_has_switched_on(void **state)
{
	(void)state;
	make_intel();
	fake.msr[0].value = 0xFEE00D00;
	read_cpu_facts(&machine, &processor);
	assert_true(machine.cpu.x2apic_enabled);
}

static void no_execute_may_be_hidden_by_the_firmware(void **state)
{
	(void)state;
	make_intel();
	fake.extended_1[EDX] = 0;
	read_cpu_facts(&machine, &processor);
	assert_false(machine.cpu_no_execute || machine.cpu.no_execute_off);
	set_msr(0x1A0, 1ull << 34);
	read_cpu_facts(&machine, &processor);
	assert_true(!machine.cpu_no_execute && machine.cpu.no_execute_off);
}

static void a_virtual_machine_has_a_name(void **state)
{
	(void)state;
	make_intel();
	fake.features[ECX] = HV_BIT;
	memcpy(&fake.hypervisor[EBX], "KVMK", 4);
	memcpy(&fake.hypervisor[ECX], "VMKV", 4);
	memcpy(&fake.hypervisor[EDX], "M\0\0\0", 4);
	read_cpu_facts(&machine, &processor);
	assert_true(machine.cpu.hypervisor);
	assert_string_equal(machine.cpu.hypervisor_vendor, "KVMKVMKVM");
}

static void the_end_of_physical_memory(void **state)
{
	static const struct {
		uint32_t last_leaf, bits;
		unsigned end;
	} rows[] = { { 0x80000001, 0, 36 },
		     { 0x80000008, 40, 40 },
		     { 0x80000008, 0x3030 + 9, 52 },
		     { 0x80000008, 0, 36 },
		     { 0x8000001F, 0x3027, 39 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fake.extended[EAX] = rows[i].last_leaf;
		fake.addresses[EAX] = rows[i].bits;
		assert_true(physical_memory_end(&processor) == 1ull << rows[i].end);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_least_processor_is_not_asked_for_more, reset),
		cmocka_unit_test_setup(intel_with_everything, reset),
		cmocka_unit_test_setup(amd_with_everything, reset),
		cmocka_unit_test_setup(the_apic_id_is_read_where_it_is_whole, reset),
		cmocka_unit_test(faults_leave_facts_unknown),
		cmocka_unit_test_setup(vmx_without_secondary_controls_has_no_ept, reset),
		cmocka_unit_test_setup(no_register_without_the_instruction, reset),
		cmocka_unit_test_setup(x2apic_that_the_firmware_has_switched_on, reset),
		cmocka_unit_test_setup(no_execute_may_be_hidden_by_the_firmware, reset),
		cmocka_unit_test_setup(a_virtual_machine_has_a_name, reset),
		cmocka_unit_test_setup(the_end_of_physical_memory, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
