/* SPDX-License-Identifier: MIT */
/*
 * Runs a guest by /dev/kvm (Linux Documentation/virt/kvm/api.rst) inside the machine that the loader booted: a virtual machine with one
 * processor in real mode. Prints what the guest writes to its port, a line at a time, and MKBOOT-KVM-OK when it has stopped.
 */
#include "tests/boot/kvm/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

enum { MEMORY_BYTES = 0x40000, EXITS_MAX = 1000, LINE_BYTES = 80, FLAGS_ALWAYS_SET = 2 };

_Noreturn static void fail(const char *what)
{
	printf("mkboot-kvm: error: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int request(int file, unsigned long number, void *argument, const char *what)
{
	int result = ioctl(file, number, argument);

	if (result < 0)
		fail(what);
	return result;
}

static void *map(size_t bytes, int flags, int file, const char *what)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, file, 0);

	if (memory == MAP_FAILED)
		fail(what);
	return memory;
}

static int machine_create(int kvm)
{
	int machine = request(kvm, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
	uint8_t *memory = map(MEMORY_BYTES, MAP_SHARED | MAP_ANONYMOUS, -1, "memory for the guest");
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY_BYTES, .userspace_addr = (uintptr_t)memory };

	memcpy(memory + GUEST_START, guest_code, (size_t)(guest_code_end - guest_code));
	(void)request(machine, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION");
	return machine;
}

static void segment_set(struct kvm_segment *segment)
{
	segment->base = GUEST_START;
	segment->selector = GUEST_START >> 4;
}

static int processor_create(int machine)
{
	int processor = request(machine, KVM_CREATE_VCPU, NULL, "KVM_CREATE_VCPU");
	struct kvm_regs registers = { .rip = 0, .rflags = FLAGS_ALWAYS_SET };
	struct kvm_sregs special;

	(void)request(processor, KVM_GET_SREGS, &special, "KVM_GET_SREGS");
	segment_set(&special.cs);
	segment_set(&special.ds);
	(void)request(processor, KVM_SET_SREGS, &special, "KVM_SET_SREGS");
	(void)request(processor, KVM_SET_REGS, &registers, "KVM_SET_REGS");
	return processor;
}

/* A byte of the guest's text. */
static void take(char byte)
{
	static char line[LINE_BYTES];
	static size_t length;

	if (byte != '\n' && length + 1 < sizeof line) {
		line[length++] = byte;
		return;
	}
	printf("kvm-guest: %.*s\n", (int)length, line);
	length = 0;
}

/* Runs the guest until it halts. */
static void machine_run(int processor, const struct kvm_run *run)
{
	for (unsigned exits = 0; exits < EXITS_MAX; exits++) {
		const char *data = (const char *)run;

		(void)request(processor, KVM_RUN, NULL, "KVM_RUN");
		if (run->exit_reason == KVM_EXIT_HLT)
			return;
		if (run->exit_reason != KVM_EXIT_IO || run->io.direction != KVM_EXIT_IO_OUT || run->io.port != GUEST_PORT) {
			printf("mkboot-kvm: error: the guest left its processor for reason %u\n", run->exit_reason);
			exit(1);
		}
		for (unsigned i = 0; i < run->io.count * run->io.size; i++)
			take(data[run->io.data_offset + i]);
	}
	printf("mkboot-kvm: error: the guest does not come to its end\n");
	exit(1);
}

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int processor;
	size_t run_bytes;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (kvm < 0)
		fail("/dev/kvm");
	if (request(kvm, KVM_GET_API_VERSION, NULL, "KVM_GET_API_VERSION") != KVM_API_VERSION) {
		printf("mkboot-kvm: error: this kernel has another version of KVM's interface\n");
		return 1;
	}
	run_bytes = (size_t)request(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "KVM_GET_VCPU_MMAP_SIZE");
	processor = processor_create(machine_create(kvm));
	machine_run(processor, map(run_bytes, MAP_SHARED, processor, "the processor's structure"));
	printf("MKBOOT-KVM-OK\n");
	return 0;
}
