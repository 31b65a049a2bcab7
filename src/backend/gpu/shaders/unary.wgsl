// out[i] = f(x[i]). The numbers of OP are those of `lower/elementwise.rs`. X_FLAG and OUT_FLAG: the buffer holds 0 or 1 words.
// Functions that WGSL lacks (expm1, log1p, erf) and those whose ranges it leaves open (pow, tanh) are written out.
override OP: u32 = 0u;
override X_FLAG: bool = false;
override OUT_FLAG: bool = false;

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
// x: length, y and z: bits of the op's two numbers, w: bits of a NaN (a constant NaN does not compile)
@group(0) @binding(2) var<uniform> params: vec4<u32>;

fn error_function(v: f32) -> f32 {
    let a = abs(v);
    if (a < 0.5) {
        let s = v * v;
        return 1.1283791671 * v * (1.0 - s * (0.3333333333 - s * (0.1 - s * (0.0238095238 - s * (0.0046296296 - s * 0.000757575758)))));
    }
    // Abramowitz and Stegun 7.1.26
    let t = 1.0 / (1.0 + 0.3275911 * a);
    let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return sign(v) * (1.0 - p * exp(-min(a * a, 80.0)));
}

fn exponential_minus_one(v: f32) -> f32 {
    if (abs(v) < 0.5) {
        return v * (1.0 + v * (0.5 + v * (0.1666666667 + v * (0.0416666667 + v * (0.0083333333 + v * (0.0013888889 + v * 0.000198412698))))));
    }
    return exp(v) - 1.0;
}

fn logarithm_one_plus(v: f32) -> f32 {
    if (abs(v) < 0.5) {
        let s = v / (2.0 + v);
        let q = s * s;
        return 2.0 * s * (1.0 + q * (0.3333333333 + q * (0.2 + q * (0.1428571429 + q * (0.1111111111 + q * 0.0909090909)))));
    }
    return log(1.0 + v);
}

fn hyperbolic_tangent(v: f32) -> f32 {
    // Saturated in float32; beyond it some drivers return NaN.
    return tanh(clamp(v, -10.0, 10.0));
}

fn power(a: f32, b: f32) -> f32 {
    if (b == 0.0) {
        return 1.0;
    }
    if (b == 2.0) {
        return a * a;
    }
    let magnitude = pow(abs(a), b);
    if (a >= 0.0) {
        return magnitude;
    }
    if (floor(b) != b) {
        return bitcast<f32>(params.w);
    }
    let odd = abs(b - 2.0 * floor(b * 0.5)) == 1.0;
    return select(magnitude, -magnitude, odd);
}

fn apply(v: f32) -> f32 {
    let a = bitcast<f32>(params.y);
    let b = bitcast<f32>(params.z);
    switch OP {
        case 0u: { return -v; }
        case 1u: { return abs(v); }
        case 2u: { return sign(v); }
        case 3u: { return 1.0 / v; }
        case 4u: { return v * v; }
        case 5u: { return sqrt(v); }
        case 6u: { return exp(v); }
        case 7u: { return exponential_minus_one(v); }
        case 8u: { return log(v); }
        case 9u: { return log2(v); }
        case 10u: { return logarithm_one_plus(v); }
        case 11u: { return sin(v); }
        case 12u: { return cos(v); }
        case 13u: { return atan(v); }
        case 14u: { return error_function(v); }
        case 15u: { return floor(v); }
        case 16u: { return ceil(v); }
        case 17u: { return round(v); }
        case 18u: { return hyperbolic_tangent(v); }
        case 19u: { return 1.0 / (1.0 + exp(-v)); }
        case 20u: { return max(v, 0.0); }
        case 21u: { return select(a * v, v, v > 0.0); }
        case 22u: { return select(a * exponential_minus_one(min(v, 0.0)), v, v > 0.0); }
        case 23u: {
            let negative = 1.6732632423543772 * exponential_minus_one(min(v, 0.0));
            return 1.0507009873554805 * select(negative, v, v > 0.0);
        }
        case 24u: { return 0.5 * v * (1.0 + error_function(v * 0.7071067811865476)); }
        case 25u: {
            let scaled = a * v;
            if (scaled > b) {
                return v;
            }
            return (max(scaled, 0.0) + logarithm_one_plus(exp(-abs(scaled)))) / a;
        }
        case 26u: { return min(max(v, a), b); }
        case 27u: { return power(v, a); }
        case 28u: { return a * v + b; }
        default: { return select(0.0, 1.0, v == 0.0); }
    }
}

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= params.x) {
        return;
    }
    let word = x[i];
    var value = bitcast<f32>(word);
    if (X_FLAG) {
        value = f32(word);
    }
    let result = apply(value);
    if (OUT_FLAG) {
        out[i] = select(0u, 1u, result != 0.0);
    } else {
        out[i] = bitcast<u32>(result);
    }
}
