// Shared: the loss of softmax_cross_entropy.wgsl is kept in the step's place of the chunk. With ADVANCE the cursor moves on here: what
// follows in this step is told so (PASSED in cursor.wgsl).
override ADVANCE: bool = false;

@group(0) @binding(6) var<storage, read_write> counters: array<u32>;
@group(0) @binding(7) var<storage, read_write> series: array<f32>;

// Called by one thread when all others have done their reading.
fn keep_loss(value: f32) {
    series[counters[0]] = value;
    if (ADVANCE) {
        counters[0] += 1u;
        counters[1] += 1u;
    }
}
