// Shared: a pixel of a convolution's input, 0 in its padding. `plane` is where the channel's pixels begin.
fn plane_of(image: u32, channel: u32) -> u32 {
    return x_row(image) + channel * HEIGHT * WIDTH;
}

// Signed, as padding lies at negative places.
fn pixel(plane: u32, row: i32, column: i32) -> f32 {
    let value = x_at(plane + u32(max(row, 0)) * WIDTH + u32(max(column, 0)));
    if (PADDING == 0u) {
        return value;
    }
    return select(0.0, value, row >= 0 && column >= 0 && row < i32(HEIGHT) && column < i32(WIDTH));
}
