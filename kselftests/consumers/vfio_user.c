// SPDX-License-Identifier: GPL-2.0-or-later
// QEMU maps the regions of a device by VFIO.
#include <string.h>
#include <sys/ioctl.h>
#include <linux/vfio.h>

unsigned long long region(int device, unsigned int index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		return 0;
	return info.flags & VFIO_REGION_INFO_FLAG_MMAP ? info.size : info.offset;
}

int map(int container, void *host, unsigned long long iova, unsigned long long size)
{
	struct vfio_iommu_type1_dma_map m = {
		.argsz = sizeof(m), .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (unsigned long)host, .iova = iova, .size = size,
	};

	return ioctl(container, VFIO_IOMMU_MAP_DMA, &m);
}
