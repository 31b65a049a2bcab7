// out[i] = f(a, b) of whole numbers, exact as long as they fit into 32 bits; int64 lies so on the GPU. The numbers of OP are those of
// `lower/elementwise.rs`.
override OP: u32 = 0u;

@group(0) @binding(0) var<storage, read> a: array<i32>;
@group(0) @binding(1) var<storage, read> b: array<i32>;
@group(0) @binding(2) var<storage, read_write> out: array<i32>;

fn apply(p: i32, q: i32) -> i32 {
    switch OP {
        case 0u: { return p + q; }
        case 1u: { return p - q; }
        case 2u: { return p * q; }
        case 7u: { return max(p, q); }
        case 8u: { return min(p, q); }
        case 9u: { return select(0, 1, p == q); }
        case 10u: { return select(0, 1, p != q); }
        case 11u: { return select(0, 1, p < q); }
        case 12u: { return select(0, 1, p <= q); }
        case 13u: { return select(0, 1, p > q); }
        default: { return select(0, 1, p >= q); }
    }
}

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= params.length) {
        return;
    }
    let places = places_of(i);
    out[i] = apply(a[places[0]], b[places[1]]);
}
