// x times SCALE where the step's row of the masks, from FIRST on, holds 1; else 0. A thread an element.
override ELEMENTS: u32 = 1u;
override FIRST: u32 = 0u;
override ROW: u32 = 1u;
override SCALE: f32 = 1.0;
override MASKS_PACKED: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> masks: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= ELEMENTS) {
        return;
    }
    let place = chunk_row() * ROW + FIRST + i;
    var keep = 0u;
    if (MASKS_PACKED) {
        keep = (masks[place / 4u] >> (8u * (place % 4u))) & 255u;
    } else {
        keep = masks[place];
    }
    out[i] = select(0.0, x[i] * SCALE, keep != 0u);
}
