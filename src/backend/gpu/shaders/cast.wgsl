// The same elements as another kind. Kinds: 0 float32, 1 flag (0 or 1 in a word), 2 index (u32), 3 byte in a word,
// 4 bytes packed four to a word (read only). To a flag: not 0. To an integer: towards 0.
override FROM: u32 = 0u;
override TO: u32 = 0u;

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
// x: length
@group(0) @binding(2) var<uniform> params: vec4<u32>;

fn number(i: u32) -> f32 {
    if (FROM == 0u) {
        return bitcast<f32>(x[i]);
    }
    if (FROM == 4u) {
        return f32((x[i / 4u] >> (8u * (i % 4u))) & 255u);
    }
    if (FROM == 5u) {
        return f32(bitcast<i32>(x[i]));
    }
    return f32(x[i]);
}

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= params.x) {
        return;
    }
    // Flags and whole numbers keep all their digits.
    let counts = (FROM == 1u || FROM == 2u || FROM == 5u) && (TO == 2u || TO == 5u);
    if (FROM == TO || counts) {
        out[i] = x[i];
    } else if (TO == 0u) {
        out[i] = bitcast<u32>(number(i));
    } else if (TO == 1u) {
        out[i] = select(0u, 1u, number(i) != 0.0);
    } else if (TO == 5u) {
        out[i] = bitcast<u32>(i32(number(i)));
    } else if (TO == 3u) {
        out[i] = u32(number(i)) & 255u;
    } else {
        out[i] = u32(number(i));
    }
}
