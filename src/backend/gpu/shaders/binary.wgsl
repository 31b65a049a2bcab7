// out[i] = f(a, b), each operand read with its strides (0 on stretched axes). The numbers of OP are those of
// `lower/elementwise.rs`. The *_FLAG buffers hold 0 or 1 words. FLAT: both operands lie as the result does.
override OP: u32 = 0u;
override FLAT: bool = false;
override A_FLAG: bool = false;
override B_FLAG: bool = false;
override OUT_FLAG: bool = false;

@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read> b: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

// floor(p / q), exact where the division of the GPU is off by its last bits.
fn floor_divide(p: f32, q: f32) -> f32 {
    var quotient = floor(p / q);
    let rest = p - quotient * q;
    if ((q > 0.0 && rest >= q) || (q < 0.0 && rest <= q)) {
        quotient += 1.0;
    } else if ((q > 0.0 && rest < 0.0) || (q < 0.0 && rest > 0.0)) {
        quotient -= 1.0;
    }
    return quotient;
}

fn power(p: f32, q: f32) -> f32 {
    if (q == 0.0) {
        return 1.0;
    }
    if (q == 2.0) {
        return p * p;
    }
    let magnitude = pow(abs(p), q);
    if (p >= 0.0) {
        return magnitude;
    }
    if (floor(q) != q) {
        return params.numbers.y;
    }
    let odd = abs(q - 2.0 * floor(q * 0.5)) == 1.0;
    return select(magnitude, -magnitude, odd);
}

fn apply(p: f32, q: f32) -> f32 {
    switch OP {
        case 0u: { return p + q; }
        case 1u: { return p - q; }
        case 2u: { return p * q; }
        case 3u: { return p / q; }
        case 4u: { return floor_divide(p, q); }
        case 5u: { return p - floor_divide(p, q) * q; }
        case 6u: { return power(p, q); }
        case 7u: { return max(p, q); }
        case 8u: { return min(p, q); }
        case 9u: { return select(0.0, 1.0, p == q); }
        case 10u: { return select(0.0, 1.0, p != q); }
        case 11u: { return select(0.0, 1.0, p < q); }
        case 12u: { return select(0.0, 1.0, p <= q); }
        case 13u: { return select(0.0, 1.0, p > q); }
        case 14u: { return select(0.0, 1.0, p >= q); }
        case 15u: { return select(0.0, 1.0, p != 0.0 && q != 0.0); }
        case 16u: { return select(0.0, 1.0, p != 0.0 || q != 0.0); }
        case 17u: { return select(0.0, 1.0, (p != 0.0) != (q != 0.0)); }
        case 18u: { return select(0.0, p, q > 0.0); }
        case 19u: { return select(params.numbers.x * p, p, q > 0.0); }
        case 20u: { return p * q * (1.0 - q); }
        default: { return p * (1.0 - q * q); }
    }
}

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= params.length) {
        return;
    }
    var places = array<i32, OPERANDS>(i32(i), i32(i));
    if (!FLAT) {
        places = places_of(i);
    }
    let a_word = a[places[0]];
    let b_word = b[places[1]];
    var p = bitcast<f32>(a_word);
    var q = bitcast<f32>(b_word);
    if (A_FLAG) {
        p = f32(a_word);
    }
    if (B_FLAG) {
        q = f32(b_word);
    }
    let result = apply(p, q);
    if (OUT_FLAG) {
        out[i] = select(0u, 1u, result != 0.0);
    } else {
        out[i] = bitcast<u32>(result);
    }
}
