// SPDX-License-Identifier: GPL-2.0-or-later
// liburing prepares entries of the ring.
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <linux/io_uring.h>

void readv_entry(struct io_uring_sqe *sqe, int fd, const struct iovec *iov, unsigned int n,
		 uint64_t offset, void *data)
{
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_READV;
	sqe->fd = fd;
	sqe->off = offset;
	sqe->addr = (unsigned long)iov;
	sqe->len = n;
	sqe->user_data = (unsigned long)data;
}

int result(const struct io_uring_cqe *cqe, void **data)
{
	*data = (void *)(uintptr_t)cqe->user_data;
	return cqe->res;
}

unsigned int ring_size(const struct io_uring_params *p)
{
	return p->sq_off.array + p->sq_entries * sizeof(unsigned int);
}
