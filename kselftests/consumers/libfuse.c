// SPDX-License-Identifier: GPL-2.0-or-later
// libfuse answers requests of the kernel.
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <linux/fuse.h>

void attributes(struct fuse_attr *a, const struct stat *s)
{
	a->ino = s->st_ino;
	a->mode = s->st_mode;
	a->nlink = s->st_nlink;
	a->size = s->st_size;
	a->mtime = s->st_mtime;
}

size_t answer(struct fuse_out_header *out, uint64_t unique, int error, size_t len)
{
	out->unique = unique;
	out->error = error;
	out->len = sizeof(*out) + len;
	return out->len;
}

int is_read(const struct fuse_in_header *in, const struct fuse_read_in *r)
{
	return in->opcode == FUSE_READ && r->size && r->fh;
}
