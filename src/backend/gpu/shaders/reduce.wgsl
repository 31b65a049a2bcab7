// x (outer, axis, inner) folded over the axis. OP: 0 sum, 1 product, 2 maximum, 3 minimum; the last two give the position as well,
// the first one among equals. WIDE: a workgroup folds one output, else a thread does.
override OP: u32 = 0u;
override WIDE: bool = false;

@group(0) @binding(0) var<storage, read> x: array<Number>;
@group(0) @binding(1) var<storage, read_write> out: array<Number>;
@group(0) @binding(2) var<storage, read_write> positions: array<u32>;
// outer, axis, inner
@group(0) @binding(3) var<uniform> params: vec4<u32>;

struct Best {
    value: Number,
    position: u32,
}

var<workgroup> values: array<Number, 64>;
var<workgroup> places: array<u32, 64>;

// Whether `b` goes before `a`. NaN goes first, as in PyTorch.
fn better(a: Best, b: Best) -> bool {
    if (a.value != a.value) {
        return (b.value != b.value) && b.position < a.position;
    }
    if (b.value != b.value) {
        return true;
    }
    if (a.value == b.value) {
        return b.position < a.position;
    }
    return select((b.value < a.value), (b.value > a.value), OP == 2u);
}

fn merge(a: Best, b: Best) -> Best {
    if (OP == 0u) {
        return Best(a.value + b.value, 0u);
    }
    if (OP == 1u) {
        return Best(a.value * b.value, 0u);
    }
    if (better(a, b)) {
        return b;
    }
    return a;
}

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let outputs = params.x * params.z;
    let axis = params.y;
    let inner = params.z;
    let flat = group_number(group);
    var output = flat;
    var first = local;
    var stride = 64u;
    if (!WIDE) {
        output = flat * 64u + local;
        first = 0u;
        stride = 1u;
    }
    let start = (output / inner) * axis * inner + output % inner;
    var best = Best(Number(0), 0u);
    if (OP == 1u) {
        best.value = Number(1);
    }
    if (output < outputs && first < axis) {
        best = Best(x[start + first * inner], first);
        for (var i = first + stride; i < axis; i += stride) {
            best = merge(best, Best(x[start + i * inner], i));
        }
    }
    if (WIDE) {
        values[local] = best.value;
        places[local] = best.position;
        for (var half = 32u; half > 0u; half = half / 2u) {
            workgroupBarrier();
            if (local < half && local + half < axis) {
                let merged = merge(Best(values[local], places[local]), Best(values[local + half], places[local + half]));
                values[local] = merged.value;
                places[local] = merged.position;
            }
        }
        best = Best(values[0], places[0]);
    }
    if (output < outputs && (!WIDE || local == 0u)) {
        out[output] = best.value;
        if (OP >= 2u) {
            positions[output] = best.position;
        }
    }
}
