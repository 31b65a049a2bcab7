// Shared: where a training step stands.
//
// The loss's kernel may move the cursor on while the step still runs: then PASSED is 1 in what follows it.
override PASSED: u32 = 0u;

@group(0) @binding(20) var<uniform> cursor: vec4<u32>;

// The row of this step in what is written ahead for a chunk of steps.
fn chunk_row() -> u32 {
    return cursor.x - PASSED;
}

// The number of this step's batch in the epoch.
fn batch_number() -> u32 {
    return cursor.y - PASSED;
}
