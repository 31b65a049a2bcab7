// The gradient of a convolution's input, gathered: a thread owns its pixels, so nothing is added in two places.
//
// `plain`: a pixel of four channels, from every output that it took part in. `block_general`: the same through ReLU and 2 x 2 max-pooling.
// `block`: stride 1 without dilation; 2 x 2 pixels of three channels walk over the windows around them, and only the place that won in
// each window passes its gradient on. `block_alone`: a thread adds to whole planes.
// The gradient is 0 already where ReLU was: then `pooled` need not be read.
override MASKED: bool = false;
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> pooled: array<f32>;
// One word each.
@group(0) @binding(3) var<storage, read> positions: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

const CHANNELS: u32 = 4u;

struct Place {
    image: u32,
    channel: u32,
    row: u32,
    column: u32,
}

fn place(index: u32, step: u32) -> Place {
    let rows = (HEIGHT + step - 1u) / step;
    let columns = (WIDTH + step - 1u) / step;
    let channels = (IN_CHANNELS + CHANNELS - 1u) / CHANNELS;
    return Place(
        index / (columns * rows * channels),
        ((index / (columns * rows)) % channels) * CHANNELS,
        ((index / columns) % rows) * step,
        (index % columns) * step,
    );
}

fn store(at: Place, channel: u32, row: u32, column: u32, value: f32) {
    if (channel < IN_CHANNELS && row < HEIGHT && column < WIDTH) {
        out[((at.image * IN_CHANNELS + channel) * HEIGHT + row) * WIDTH + column] = value;
    }
}

// The four channels' weights of one tap. Channels over the edge read the last one, and are not stored.
fn taps(out_channel: u32, channel: u32, tap: u32) -> vec4<f32> {
    let size = KERNEL_HEIGHT * KERNEL_WIDTH;
    let start = out_channel * IN_CHANNELS;
    return vec4<f32>(
        weight[(start + min(channel, IN_CHANNELS - 1u)) * size + tap],
        weight[(start + min(channel + 1u, IN_CHANNELS - 1u)) * size + tap],
        weight[(start + min(channel + 2u, IN_CHANNELS - 1u)) * size + tap],
        weight[(start + min(channel + 3u, IN_CHANNELS - 1u)) * size + tap],
    );
}

// The output row (or column) that reads `position` with tap `k`; over every limit where there is none.
fn output_of(position: u32, k: u32) -> u32 {
    let reach = position + PADDING;
    if (reach < k * DILATION || (reach - k * DILATION) % STRIDE != 0u) {
        return 0xffffffffu;
    }
    return (reach - k * DILATION) / STRIDE;
}

@compute @workgroup_size(64)
fn plain(group: Group, @builtin(local_invocation_index) local: u32) {
    let at = place(thread_number(group, local, 64u), 1u);
    if (at.image >= BATCH) {
        return;
    }
    var sum = vec4<f32>();
    for (var ky = 0u; ky < KERNEL_HEIGHT; ky++) {
        let row = output_of(at.row, ky);
        if (row >= OUT_HEIGHT) {
            continue;
        }
        for (var kx = 0u; kx < KERNEL_WIDTH; kx++) {
            let column = output_of(at.column, kx);
            if (column >= OUT_WIDTH) {
                continue;
            }
            for (var channel = 0u; channel < OUT_CHANNELS; channel++) {
                let value = gradient[((at.image * OUT_CHANNELS + channel) * OUT_HEIGHT + row) * OUT_WIDTH + column];
                sum += value * taps(channel, at.channel, ky * KERNEL_WIDTH + kx);
            }
        }
    }
    store(at, at.channel, at.row, at.column, sum.x);
    store(at, at.channel + 1u, at.row, at.column, sum.y);
    store(at, at.channel + 2u, at.row, at.column, sum.z);
    store(at, at.channel + 3u, at.row, at.column, sum.w);
}

@compute @workgroup_size(64)
fn block_general(group: Group, @builtin(local_invocation_index) local: u32) {
    let at = place(thread_number(group, local, 64u), 1u);
    if (at.image >= BATCH) {
        return;
    }
    let rows = OUT_HEIGHT / 2u;
    let columns = OUT_WIDTH / 2u;
    var sum = vec4<f32>();
    for (var ky = 0u; ky < KERNEL_HEIGHT; ky++) {
        let row = output_of(at.row, ky);
        if (row >= rows * 2u) {
            continue;
        }
        for (var kx = 0u; kx < KERNEL_WIDTH; kx++) {
            let column = output_of(at.column, kx);
            if (column >= columns * 2u) {
                continue;
            }
            let inside = (row % 2u) * 2u + column % 2u;
            for (var channel = 0u; channel < OUT_CHANNELS; channel++) {
                let window = ((at.image * OUT_CHANNELS + channel) * rows + row / 2u) * columns + column / 2u;
                if (positions[window] == inside && (MASKED || pooled[window] > 0.0)) {
                    sum += gradient[window] * taps(channel, at.channel, ky * KERNEL_WIDTH + kx);
                }
            }
        }
    }
    store(at, at.channel, at.row, at.column, sum.x);
    store(at, at.channel + 1u, at.row, at.column, sum.y);
    store(at, at.channel + 2u, at.row, at.column, sum.z);
    store(at, at.channel + 3u, at.row, at.column, sum.w);
}

// Four threads side by side take twelve channels of the same pixels: they read the same windows, and skip the dead ones together.
fn block_place(index: u32) -> Place {
    let rows = (HEIGHT + 1u) / 2u;
    let columns = (WIDTH + 1u) / 2u;
    let channels = (IN_CHANNELS + 11u) / 12u * 4u;
    return Place(
        index / (columns * rows * channels),
        (index % channels) * 3u,
        ((index / (channels * columns)) % rows) * 2u,
        ((index / channels) % columns) * 2u,
    );
}

// The three channels' weights of one tap.
fn three_taps(start: u32, tap: i32) -> vec3<f32> {
    let size = KERNEL_HEIGHT * KERNEL_WIDTH;
    let at = start + u32(tap);
    return vec3<f32>(weight[at], weight[at + size], weight[at + 2u * size]);
}

@compute @workgroup_size(64)
fn block(group: Group, @builtin(local_invocation_index) local: u32) {
    let at = block_place(thread_number(group, local, 64u));
    if (at.image >= BATCH || at.channel >= IN_CHANNELS) {
        return;
    }
    let rows = OUT_HEIGHT / 2u;
    let columns = OUT_WIDTH / 2u;
    let row_reach = i32(at.row + PADDING);
    let column_reach = i32(at.column + PADDING);
    let first_row = u32(max(row_reach - i32(KERNEL_HEIGHT) + 1, 0)) / 2u;
    let first_column = u32(max(column_reach - i32(KERNEL_WIDTH) + 1, 0)) / 2u;
    let last_row = min(u32(row_reach + 1) / 2u + 1u, rows);
    let last_column = min(u32(column_reach + 1) / 2u + 1u, columns);
    // For each of the 2 x 2 pixels, three channels.
    var s00 = vec3<f32>();
    var s01 = vec3<f32>();
    var s10 = vec3<f32>();
    var s11 = vec3<f32>();
    for (var channel = 0u; channel < OUT_CHANNELS; channel++) {
        let start = (channel * IN_CHANNELS + at.channel) * KERNEL_HEIGHT * KERNEL_WIDTH;
        for (var row = first_row; row < last_row; row++) {
            for (var column = first_column; column < last_column; column++) {
                let window = ((at.image * OUT_CHANNELS + channel) * rows + row) * columns + column;
                let value = gradient[window];
                if (value == 0.0) {
                    continue;
                }
                if (!MASKED) {
                    if (pooled[window] <= 0.0) {
                        continue;
                    }
                }
                let position = positions[window];
                // Taps that join the winning place to the upper left pixel.
                let ky = row_reach - i32(row * 2u + position / 2u);
                let kx = column_reach - i32(column * 2u + position % 2u);
                let up = ky >= 0 && ky < i32(KERNEL_HEIGHT);
                let down = ky >= -1 && ky < i32(KERNEL_HEIGHT) - 1;
                let left = kx >= 0 && kx < i32(KERNEL_WIDTH);
                let right = kx >= -1 && kx < i32(KERNEL_WIDTH) - 1;
                let tap = ky * i32(KERNEL_WIDTH) + kx;
                if (up && left) {
                    s00 += value * three_taps(start, tap);
                }
                if (up && right) {
                    s01 += value * three_taps(start, tap + 1);
                }
                if (down && left) {
                    s10 += value * three_taps(start, tap + i32(KERNEL_WIDTH));
                }
                if (down && right) {
                    s11 += value * three_taps(start, tap + i32(KERNEL_WIDTH) + 1);
                }
            }
        }
    }
    store(at, at.channel + 0u, at.row + 0u, at.column + 0u, s00.x);
    store(at, at.channel + 0u, at.row + 0u, at.column + 1u, s01.x);
    store(at, at.channel + 0u, at.row + 1u, at.column + 0u, s10.x);
    store(at, at.channel + 0u, at.row + 1u, at.column + 1u, s11.x);
    store(at, at.channel + 1u, at.row + 0u, at.column + 0u, s00.y);
    store(at, at.channel + 1u, at.row + 0u, at.column + 1u, s01.y);
    store(at, at.channel + 1u, at.row + 1u, at.column + 0u, s10.y);
    store(at, at.channel + 1u, at.row + 1u, at.column + 1u, s11.y);
    store(at, at.channel + 2u, at.row + 0u, at.column + 0u, s00.z);
    store(at, at.channel + 2u, at.row + 0u, at.column + 1u, s01.z);
    store(at, at.channel + 2u, at.row + 1u, at.column + 0u, s10.z);
    store(at, at.channel + 2u, at.row + 1u, at.column + 1u, s11.z);
}

// Without gathering: a thread owns whole planes and adds to them in memory, four channels side by side, so that they skip dead windows
// together. Better on software adapters, where branches are dear and few threads suffice; any stride.
@compute @workgroup_size(8)
fn block_alone(group: Group, @builtin(local_invocation_index) local: u32) {
    let index = thread_number(group, local, 8u);
    let channels = (IN_CHANNELS + 3u) / 4u * 4u;
    let image = index / channels;
    let channel = index % channels;
    if (image >= BATCH || channel >= IN_CHANNELS) {
        return;
    }
    let plane = (image * IN_CHANNELS + channel) * HEIGHT * WIDTH;
    for (var i = 0u; i < HEIGHT * WIDTH; i++) {
        out[plane + i] = 0.0;
    }
    let rows = OUT_HEIGHT / 2u;
    let columns = OUT_WIDTH / 2u;
    for (var out_channel = 0u; out_channel < OUT_CHANNELS; out_channel++) {
        let windows = (image * OUT_CHANNELS + out_channel) * rows * columns;
        let taps = (out_channel * IN_CHANNELS + channel) * KERNEL_HEIGHT * KERNEL_WIDTH;
        for (var window = 0u; window < rows * columns; window++) {
            let value = gradient[windows + window];
            if (value == 0.0) {
                continue;
            }
            if (!MASKED) {
                if (pooled[windows + window] <= 0.0) {
                    continue;
                }
            }
            let position = positions[windows + window];
            let top = i32((window / columns * 2u + position / 2u) * STRIDE) - i32(PADDING);
            let left = i32((window % columns * 2u + position % 2u) * STRIDE) - i32(PADDING);
            for (var ky = 0u; ky < KERNEL_HEIGHT; ky++) {
                let row = top + i32(ky * DILATION);
                let start = plane + u32(max(row, 0)) * WIDTH;
                for (var kx = 0u; kx < KERNEL_WIDTH; kx++) {
                    let column = left + i32(kx * DILATION);
                    if (PADDING == 0u) {
                        out[start + u32(column)] += value * weight[taps + ky * KERNEL_WIDTH + kx];
                    } else if (row >= 0 && column >= 0 && row < i32(HEIGHT) && column < i32(WIDTH)) {
                        out[start + u32(column)] += value * weight[taps + ky * KERNEL_WIDTH + kx];
                    }
                }
            }
        }
    }
}
