// Matrix product, twin of matmul.wgsl without workgroup memory: a thread makes 16 x 8 values in registers. Better on software adapters,
// where barriers are dear; a trial at start picks.
struct Block {
    r0v0: vec4<f32>,
    r0v1: vec4<f32>,
    r1v0: vec4<f32>,
    r1v1: vec4<f32>,
    r2v0: vec4<f32>,
    r2v1: vec4<f32>,
    r3v0: vec4<f32>,
    r3v1: vec4<f32>,
    r4v0: vec4<f32>,
    r4v1: vec4<f32>,
    r5v0: vec4<f32>,
    r5v1: vec4<f32>,
    r6v0: vec4<f32>,
    r6v1: vec4<f32>,
    r7v0: vec4<f32>,
    r7v1: vec4<f32>,
    r8v0: vec4<f32>,
    r8v1: vec4<f32>,
    r9v0: vec4<f32>,
    r9v1: vec4<f32>,
    r10v0: vec4<f32>,
    r10v1: vec4<f32>,
    r11v0: vec4<f32>,
    r11v1: vec4<f32>,
    r12v0: vec4<f32>,
    r12v1: vec4<f32>,
    r13v0: vec4<f32>,
    r13v1: vec4<f32>,
    r14v0: vec4<f32>,
    r14v1: vec4<f32>,
    r15v0: vec4<f32>,
    r15v1: vec4<f32>,
}

fn place(group: vec3<u32>, groups: vec3<u32>, local: u32) -> Place {
    let index = (group.y * groups.x + group.x) * 16u + local;
    let row_blocks = (M + 15u) / 16u;
    let column_blocks = (N + 7u) / 8u;
    let inside = index % (row_blocks * column_blocks);
    return Place(index / (row_blocks * column_blocks), (inside / column_blocks) * 16u, (inside % column_blocks) * 8u);
}

// Rows and columns over the edge read the last one, and are not stored.
fn product(at: Place) -> Block {
    let a_start = at.batch * A_BATCH;
    let b_start = at.batch * B_BATCH;
    var a0 = a_start + x_row(min(at.row + 0u, M - 1u));
    var a1 = a_start + x_row(min(at.row + 1u, M - 1u));
    var a2 = a_start + x_row(min(at.row + 2u, M - 1u));
    var a3 = a_start + x_row(min(at.row + 3u, M - 1u));
    var a4 = a_start + x_row(min(at.row + 4u, M - 1u));
    var a5 = a_start + x_row(min(at.row + 5u, M - 1u));
    var a6 = a_start + x_row(min(at.row + 6u, M - 1u));
    var a7 = a_start + x_row(min(at.row + 7u, M - 1u));
    var a8 = a_start + x_row(min(at.row + 8u, M - 1u));
    var a9 = a_start + x_row(min(at.row + 9u, M - 1u));
    var a10 = a_start + x_row(min(at.row + 10u, M - 1u));
    var a11 = a_start + x_row(min(at.row + 11u, M - 1u));
    var a12 = a_start + x_row(min(at.row + 12u, M - 1u));
    var a13 = a_start + x_row(min(at.row + 13u, M - 1u));
    var a14 = a_start + x_row(min(at.row + 14u, M - 1u));
    var a15 = a_start + x_row(min(at.row + 15u, M - 1u));
    var b0 = b_start + min(at.column + 0u, N - 1u) * B_COLUMN;
    var b1 = b_start + min(at.column + 1u, N - 1u) * B_COLUMN;
    var b2 = b_start + min(at.column + 2u, N - 1u) * B_COLUMN;
    var b3 = b_start + min(at.column + 3u, N - 1u) * B_COLUMN;
    var b4 = b_start + min(at.column + 4u, N - 1u) * B_COLUMN;
    var b5 = b_start + min(at.column + 5u, N - 1u) * B_COLUMN;
    var b6 = b_start + min(at.column + 6u, N - 1u) * B_COLUMN;
    var b7 = b_start + min(at.column + 7u, N - 1u) * B_COLUMN;
    var r0v0 = vec4<f32>();
    var r0v1 = vec4<f32>();
    var r1v0 = vec4<f32>();
    var r1v1 = vec4<f32>();
    var r2v0 = vec4<f32>();
    var r2v1 = vec4<f32>();
    var r3v0 = vec4<f32>();
    var r3v1 = vec4<f32>();
    var r4v0 = vec4<f32>();
    var r4v1 = vec4<f32>();
    var r5v0 = vec4<f32>();
    var r5v1 = vec4<f32>();
    var r6v0 = vec4<f32>();
    var r6v1 = vec4<f32>();
    var r7v0 = vec4<f32>();
    var r7v1 = vec4<f32>();
    var r8v0 = vec4<f32>();
    var r8v1 = vec4<f32>();
    var r9v0 = vec4<f32>();
    var r9v1 = vec4<f32>();
    var r10v0 = vec4<f32>();
    var r10v1 = vec4<f32>();
    var r11v0 = vec4<f32>();
    var r11v1 = vec4<f32>();
    var r12v0 = vec4<f32>();
    var r12v1 = vec4<f32>();
    var r13v0 = vec4<f32>();
    var r13v1 = vec4<f32>();
    var r14v0 = vec4<f32>();
    var r14v1 = vec4<f32>();
    var r15v0 = vec4<f32>();
    var r15v1 = vec4<f32>();
    for (var k = 0u; k < K; k++) {
        let v0 = vec4<f32>(b[b0], b[b1], b[b2], b[b3]);
        let v1 = vec4<f32>(b[b4], b[b5], b[b6], b[b7]);
        let s0 = x_at(a0);
        r0v0 += s0 * v0;
        r0v1 += s0 * v1;
        let s1 = x_at(a1);
        r1v0 += s1 * v0;
        r1v1 += s1 * v1;
        let s2 = x_at(a2);
        r2v0 += s2 * v0;
        r2v1 += s2 * v1;
        let s3 = x_at(a3);
        r3v0 += s3 * v0;
        r3v1 += s3 * v1;
        let s4 = x_at(a4);
        r4v0 += s4 * v0;
        r4v1 += s4 * v1;
        let s5 = x_at(a5);
        r5v0 += s5 * v0;
        r5v1 += s5 * v1;
        let s6 = x_at(a6);
        r6v0 += s6 * v0;
        r6v1 += s6 * v1;
        let s7 = x_at(a7);
        r7v0 += s7 * v0;
        r7v1 += s7 * v1;
        let s8 = x_at(a8);
        r8v0 += s8 * v0;
        r8v1 += s8 * v1;
        let s9 = x_at(a9);
        r9v0 += s9 * v0;
        r9v1 += s9 * v1;
        let s10 = x_at(a10);
        r10v0 += s10 * v0;
        r10v1 += s10 * v1;
        let s11 = x_at(a11);
        r11v0 += s11 * v0;
        r11v1 += s11 * v1;
        let s12 = x_at(a12);
        r12v0 += s12 * v0;
        r12v1 += s12 * v1;
        let s13 = x_at(a13);
        r13v0 += s13 * v0;
        r13v1 += s13 * v1;
        let s14 = x_at(a14);
        r14v0 += s14 * v0;
        r14v1 += s14 * v1;
        let s15 = x_at(a15);
        r15v0 += s15 * v0;
        r15v1 += s15 * v1;
        a0 += A_K;
        a1 += A_K;
        a2 += A_K;
        a3 += A_K;
        a4 += A_K;
        a5 += A_K;
        a6 += A_K;
        a7 += A_K;
        a8 += A_K;
        a9 += A_K;
        a10 += A_K;
        a11 += A_K;
        a12 += A_K;
        a13 += A_K;
        a14 += A_K;
        a15 += A_K;
        b0 += B_K;
        b1 += B_K;
        b2 += B_K;
        b3 += B_K;
        b4 += B_K;
        b5 += B_K;
        b6 += B_K;
        b7 += B_K;
    }
    return Block(r0v0, r0v1, r1v0, r1v1, r2v0, r2v1, r3v0, r3v1, r4v0, r4v1, r5v0, r5v1, r6v0, r6v1, r7v0, r7v1, r8v0, r8v1, r9v0, r9v1, r10v0, r10v1, r11v0, r11v1, r12v0, r12v1, r13v0, r13v1, r14v0, r14v1, r15v0, r15v1);
}

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = place(group, groups, local);
    copy_share((group.y * groups.x + group.x) * 16u + local, groups.x * groups.y * 16u);
    if (at.batch >= BATCH) {
        return;
    }
    let block = product(at);
    // In a loop rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var values = array<vec4<f32>, 32>(block.r0v0, block.r0v1, block.r1v0, block.r1v1, block.r2v0, block.r2v1, block.r3v0, block.r3v1, block.r4v0, block.r4v1, block.r5v0, block.r5v1, block.r6v0, block.r6v1, block.r7v0, block.r7v1, block.r8v0, block.r8v1, block.r9v0, block.r9v1, block.r10v0, block.r10v1, block.r11v0, block.r11v1, block.r12v0, block.r12v1, block.r13v0, block.r13v1, block.r14v0, block.r14v1, block.r15v0, block.r15v1);
    for (var i = 0u; i < 128u; i++) {
        store(at.batch, at.row + i / 8u, at.column + i % 8u, values[i / 4u][i % 4u]);
    }
    finish(at.row, 16u, at.column);
}
