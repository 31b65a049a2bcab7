// Shared: sizes of a convolution, as in `ConvolutionSizes`.
override BATCH: u32 = 1u;
override IN_CHANNELS: u32 = 1u;
override HEIGHT: u32 = 8u;
override WIDTH: u32 = 8u;
override OUT_CHANNELS: u32 = 1u;
override KERNEL_HEIGHT: u32 = 3u;
override KERNEL_WIDTH: u32 = 3u;
override OUT_HEIGHT: u32 = 6u;
override OUT_WIDTH: u32 = 6u;
override STRIDE: u32 = 1u;
override PADDING: u32 = 0u;
override DILATION: u32 = 1u;
