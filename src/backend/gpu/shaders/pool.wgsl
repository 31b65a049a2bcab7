// Pooling over (planes, height, width). One thread an output, or an input pixel for the gradients, which gather: so windows that
// overlap add up without atomics. Sizes are constants of the pipeline.
override HEIGHT: u32 = 4u;
override WIDTH: u32 = 4u;
override OUT_HEIGHT: u32 = 2u;
override OUT_WIDTH: u32 = 2u;
override KERNEL: u32 = 2u;
override STRIDE: u32 = 2u;
override PADDING: u32 = 0u;
override PLANES: u32 = 1u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read_write> positions: array<u32>;
@group(0) @binding(3) var<storage, read> read_positions: array<u32>;

fn first_window(position: u32) -> u32 {
    // The smallest window whose last row (or column) reaches the position.
    let padded = position + PADDING;
    if (padded < KERNEL) {
        return 0u;
    }
    return (padded - KERNEL) / STRIDE + 1u;
}

// Row and column where the window of the i-th output starts; outside of the image by the padding.
fn corner_of(i: u32) -> vec2<i32> {
    return vec2<i32>(vec2<u32>((i / OUT_WIDTH) % OUT_HEIGHT, i % OUT_WIDTH) * STRIDE) - i32(PADDING);
}

fn inside(row: i32, column: i32) -> bool {
    return row >= 0 && column >= 0 && row < i32(HEIGHT) && column < i32(WIDTH);
}

@compute @workgroup_size(64)
fn maximum(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= PLANES * OUT_HEIGHT * OUT_WIDTH) {
        return;
    }
    let plane = i / (OUT_HEIGHT * OUT_WIDTH);
    let corner = corner_of(i);
    var best = 0.0;
    var place = 0u;
    var found = false;
    for (var dy = 0; dy < i32(KERNEL); dy++) {
        for (var dx = 0; dx < i32(KERNEL); dx++) {
            let row = corner.x + dy;
            let column = corner.y + dx;
            if (inside(row, column)) {
                let offset = u32(row) * WIDTH + u32(column);
                let value = x[plane * HEIGHT * WIDTH + offset];
                if (!found || value > best || value != value) {
                    best = value;
                    place = offset;
                    found = true;
                }
            }
        }
    }
    out[i] = best;
    positions[i] = place;
}

@compute @workgroup_size(64)
fn maximum_gradient(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= PLANES * HEIGHT * WIDTH) {
        return;
    }
    let plane = i / (HEIGHT * WIDTH);
    let offset = i % (HEIGHT * WIDTH);
    let row = offset / WIDTH;
    let column = offset % WIDTH;
    var sum = 0.0;
    for (var py = first_window(row); py < OUT_HEIGHT && py * STRIDE <= row + PADDING; py++) {
        for (var px = first_window(column); px < OUT_WIDTH && px * STRIDE <= column + PADDING; px++) {
            let window = (plane * OUT_HEIGHT + py) * OUT_WIDTH + px;
            if (read_positions[window] == offset) {
                sum += x[window];
            }
        }
    }
    out[i] = sum;
}

@compute @workgroup_size(64)
fn average(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= PLANES * OUT_HEIGHT * OUT_WIDTH) {
        return;
    }
    let plane = i / (OUT_HEIGHT * OUT_WIDTH);
    let corner = corner_of(i);
    var sum = 0.0;
    for (var dy = 0; dy < i32(KERNEL); dy++) {
        for (var dx = 0; dx < i32(KERNEL); dx++) {
            let row = corner.x + dy;
            let column = corner.y + dx;
            if (inside(row, column)) {
                sum += x[plane * HEIGHT * WIDTH + u32(row) * WIDTH + u32(column)];
            }
        }
    }
    out[i] = sum / f32(KERNEL * KERNEL);
}

@compute @workgroup_size(64)
fn average_gradient(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= PLANES * HEIGHT * WIDTH) {
        return;
    }
    let plane = i / (HEIGHT * WIDTH);
    let row = (i / WIDTH) % HEIGHT;
    let column = i % WIDTH;
    var sum = 0.0;
    for (var py = first_window(row); py < OUT_HEIGHT && py * STRIDE <= row + PADDING; py++) {
        for (var px = first_window(column); px < OUT_WIDTH && px * STRIDE <= column + PADDING; px++) {
            sum += x[(plane * OUT_HEIGHT + py) * OUT_WIDTH + px];
        }
    }
    out[i] = sum / f32(KERNEL * KERNEL);
}
