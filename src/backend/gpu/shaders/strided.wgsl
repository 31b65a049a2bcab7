// Where the i-th position of `sizes` lies: at `offset + sum(position * stride)`.
struct Params {
    length: u32,
    axes: u32,
    offset: i32,
    reserved: u32,
    // Eight axes at most, the last varies fastest.
    sizes: array<vec4<u32>, 2>,
    strides: array<vec4<i32>, 2>,
}

@group(0) @binding(2) var<uniform> params: Params;

fn place_of(i: u32) -> u32 {
    var index = params.offset;
    var rest = i;
    for (var step = 0u; step < params.axes; step++) {
        let axis = params.axes - 1u - step;
        let size = params.sizes[axis / 4u][axis % 4u];
        index += i32(rest % size) * params.strides[axis / 4u][axis % 4u];
        rest = rest / size;
    }
    return u32(index);
}
