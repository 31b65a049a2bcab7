// Shared: the scores of softmax_cross_entropy.wgsl are made here, by the linear layer and activation in front of it, 64 rows at a time in
// workgroup memory. Four threads share the k of a row. At most 16 classes.
override K: u32 = 1u;

const THREADS: u32 = 256u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;

// Sums of the second to fourth thread of each row; then the scores, where the second's were.
var<workgroup> handed: array<vec4<f32>, 768>;

fn in_range(i: u32) -> u32 {
    return min(i, CLASSES - 1u);
}

// Of four classes from `first` on. Those over the last repeat it, and are not read.
fn weights(first: u32, k: u32) -> vec4<f32> {
    return vec4<f32>(
        weight[in_range(first) * K + k],
        weight[in_range(first + 1u) * K + k],
        weight[in_range(first + 2u) * K + k],
        weight[in_range(first + 3u) * K + k],
    );
}

fn activated(first: u32, sums: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(
        activate(sums.x + bias[in_range(first)]),
        activate(sums.y + bias[in_range(first + 1u)]),
        activate(sums.z + bias[in_range(first + 2u)]),
        activate(sums.w + bias[in_range(first + 3u)]),
    );
}

fn make_scores(first_row: u32, local: u32) {
    let member = local % 64u;
    let part = local / 64u;
    let start = min(first_row + member, ROWS - 1u) * K;
    let share = (K + 3u) / 4u;
    var s0 = vec4<f32>();
    var s1 = vec4<f32>();
    var s2 = vec4<f32>();
    var s3 = vec4<f32>();
    for (var k = part * share; k < min((part + 1u) * share, K); k++) {
        let value = x[start + k];
        s0 += value * weights(0u, k);
        if (CLASSES > 4u) {
            s1 += value * weights(4u, k);
        }
        if (CLASSES > 8u) {
            s2 += value * weights(8u, k);
        }
        if (CLASSES > 12u) {
            s3 += value * weights(12u, k);
        }
    }
    // The scores of the rows before have been read.
    workgroupBarrier();
    if (part > 0u) {
        let at = (part - 1u) * 256u + member;
        handed[at] = s0;
        handed[at + 64u] = s1;
        handed[at + 128u] = s2;
        handed[at + 192u] = s3;
    }
    workgroupBarrier();
    if (part == 0u) {
        handed[member] = activated(0u, s0 + handed[member] + handed[member + 256u] + handed[member + 512u]);
        handed[member + 64u] = activated(4u, s1 + handed[member + 64u] + handed[member + 320u] + handed[member + 576u]);
        handed[member + 128u] = activated(8u, s2 + handed[member + 128u] + handed[member + 384u] + handed[member + 640u]);
        handed[member + 192u] = activated(12u, s3 + handed[member + 192u] + handed[member + 448u] + handed[member + 704u]);
    }
}

// Read by the thread that made it.
fn score(row: u32, class_number: u32) -> f32 {
    return handed[class_number / 4u * 64u + row % 64u][class_number % 4u];
}
