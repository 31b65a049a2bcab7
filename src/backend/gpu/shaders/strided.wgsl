// Where the i-th position of `sizes` lies in each of OPERANDS arrays: at `sum(position * stride)`, from `offset` in the first. Strides
// are 0 on stretched axes. Behind `operands_*.wgsl`.
struct Params {
    length: u32,
    axes: u32,
    offset: i32,
    reserved: u32,
    // What the kernel is told besides.
    numbers: vec4<f32>,
    // Eight axes at most, the last varies fastest.
    sizes: array<vec4<u32>, 2>,
    strides: array<array<vec4<i32>, 2>, OPERANDS>,
}

@group(0) @binding(10) var<uniform> params: Params;

fn places_of(i: u32) -> array<i32, OPERANDS> {
    var places: array<i32, OPERANDS>;
    places[0] = params.offset;
    var rest = i;
    for (var step = 0u; step < params.axes; step++) {
        let axis = params.axes - 1u - step;
        let size = params.sizes[axis / 4u][axis % 4u];
        let position = i32(rest % size);
        rest = rest / size;
        for (var operand = 0u; operand < OPERANDS; operand++) {
            places[operand] += position * params.strides[operand][axis / 4u][axis % 4u];
        }
    }
    return places;
}
