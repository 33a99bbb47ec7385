/* SPDX-License-Identifier: MIT */
/* CPUID, and the registers behind it (Intel SDM volumes 3 and 4; AMD APM volumes 2 and 3). */
#include "stage2/pc/cpu_facts.h"

#include "core/base/memory.h"
#include "core/base/text.h"
#include "stage2/pc/processor.h"

enum { EAX, EBX, ECX, EDX };

#define LEAF_VENDOR     0x00000000u
#define LEAF_FEATURES   0x00000001u
#define LEAF_STRUCTURED 0x00000007u
#define LEAF_TOPOLOGY   0x0000000Bu
#define LEAF_HYPERVISOR 0x40000000u
#define LEAF_EXTENDED   0x80000000u
#define LEAF_EXTENDED_1 0x80000001u
#define LEAF_ADDRESSES  0x80000008u
#define LEAF_SVM        0x8000000Au

#define MSR_APIC_BASE       0x0000001Bu
#define MSR_FEATURE_CONTROL 0x0000003Au
#define MSR_MISC_ENABLE     0x000001A0u
#define MSR_VMX_PRIMARY     0x00000482u
#define MSR_VMX_SECONDARY   0x0000048Bu
#define MSR_VM_CR           0xC0010114u

enum { APIC_BASE_X2APIC = 10, MISC_ENABLE_XD_DISABLE = 34 };
/* The upper half of a register of controls says which of them may be switched on. */
enum { VMX_PRIMARY_SECONDARY = 32 + 31, VMX_SECONDARY_EPT = 32 + 1, VMX_SECONDARY_UNRESTRICTED = 32 + 7 };

static bool bit(uint64_t value, unsigned number)
{
	return (value >> number & 1) != 0;
}

/* Three registers that hold twelve characters. */
static void put_name(char name[13], uint32_t first, uint32_t second, uint32_t third)
{
	put_le32(name, first);
	put_le32(name + 4, second);
	put_le32(name + 8, third);
	name[12] = '\0';
}

static void read_features(struct cpu_facts *facts, const struct processor *processor)
{
	uint32_t last, leaf[4];

	processor->cpuid(LEAF_VENDOR, leaf);
	last = leaf[EAX];
	put_name(facts->vendor, leaf[EBX], leaf[EDX], leaf[ECX]);
	processor->cpuid(LEAF_FEATURES, leaf);
	facts->msr = bit(leaf[EDX], 5);
	facts->apic = bit(leaf[EDX], 9);
	facts->vmx = bit(leaf[ECX], 5);
	facts->x2apic = bit(leaf[ECX], 21);
	facts->random = bit(leaf[ECX], 30);
	facts->apic_id = leaf[EBX] >> 24;
	facts->hypervisor = bit(leaf[ECX], 31);
	if (facts->hypervisor) {
		processor->cpuid(LEAF_HYPERVISOR, leaf);
		put_name(facts->hypervisor_vendor, leaf[EBX], leaf[ECX], leaf[EDX]);
	}
	if (last < LEAF_STRUCTURED)
		return; /* a leaf that is not there has the bits of another */
	processor->cpuid(LEAF_STRUCTURED, leaf);
	facts->random_seed = bit(leaf[EBX], 18);
	if (last < LEAF_TOPOLOGY)
		return;
	processor->cpuid(LEAF_TOPOLOGY, leaf);
	if (leaf[EBX] != 0) /* otherwise the leaf is one without a meaning */
		facts->apic_id = leaf[EDX];
}

static void read_extended_features(struct machine *machine, const struct processor *processor)
{
	struct cpu_facts *facts = &machine->cpu;
	uint32_t last, leaf[4];

	processor->cpuid(LEAF_EXTENDED, leaf);
	last = leaf[EAX];
	processor->cpuid(LEAF_EXTENDED_1, leaf);
	machine->cpu_no_execute = bit(leaf[EDX], 20);
	machine->cpu_gigabyte_pages = bit(leaf[EDX], 26);
	facts->svm = bit(leaf[ECX], 2);
	if (facts->svm && last >= LEAF_SVM) {
		processor->cpuid(LEAF_SVM, leaf);
		facts->nested_paging = bit(leaf[EDX], 0);
	}
}

uint64_t physical_memory_end(const struct processor *processor)
{
	enum { BITS_LEAST = 36, BITS_MOST = 52 }; /* without the leaf, and by the format of page tables */
	uint32_t leaf[4], bits = BITS_LEAST;

	processor->cpuid(LEAF_EXTENDED, leaf);
	if (leaf[EAX] >= LEAF_ADDRESSES) {
		processor->cpuid(LEAF_ADDRESSES, leaf);
		bits = leaf[EAX] & 0xFF;
	}
	bits = bits < BITS_LEAST ? BITS_LEAST : bits > BITS_MOST ? BITS_MOST : bits;
	return 1ull << bits;
}

/* Which controls of a guest may be switched on: the second register is there if the first one says so. */
static void read_vmx_controls(struct cpu_facts *facts, const struct processor *processor)
{
	uint64_t primary, secondary = 0;

	if (!processor->msr(MSR_VMX_PRIMARY, &primary))
		return;
	if (bit(primary, VMX_PRIMARY_SECONDARY) && !processor->msr(MSR_VMX_SECONDARY, &secondary))
		return;
	facts->vmx_controls_known = true;
	facts->ept = bit(secondary, VMX_SECONDARY_EPT);
	facts->unrestricted_guest = bit(secondary, VMX_SECONDARY_UNRESTRICTED);
}

static void read_registers(struct machine *machine, const struct processor *processor)
{
	struct cpu_facts *facts = &machine->cpu;
	uint64_t value;

	if (!facts->msr)
		return;
	if (facts->apic && processor->msr(MSR_APIC_BASE, &value)) {
		facts->apic_base_known = true;
		facts->x2apic_enabled = facts->x2apic && bit(value, APIC_BASE_X2APIC);
	}
	if (facts->vmx) {
		facts->feature_control_known = processor->msr(MSR_FEATURE_CONTROL, &facts->feature_control);
		read_vmx_controls(facts, processor);
	}
	if (facts->svm)
		facts->vm_cr_known = processor->msr(MSR_VM_CR, &facts->vm_cr);
	/* The bit hides the feature: every Intel processor with long mode has both. */
	if (!machine->cpu_no_execute && text_equal(facts->vendor, "GenuineIntel") && processor->msr(MSR_MISC_ENABLE, &value))
		facts->no_execute_off = bit(value, MISC_ENABLE_XD_DISABLE);
}

void read_cpu_facts(struct machine *machine, const struct processor *processor)
{
	machine->cpu = (struct cpu_facts){ .known = true };
	read_features(&machine->cpu, processor);
	read_extended_features(machine, processor);
	read_registers(machine, processor);
}
