// Matrix product: 8 x 8 threads make a tile through workgroup memory, each EDGE x EDGE values; with SPLIT, that many such teams share k.
const TILE: u32 = 8u * EDGE;
const VECTORS: u32 = EDGE / 4u;
// More columns than needed, so that a column of the tile does not lie in one bank.
const PITCH: u32 = TILE + 4u;
const TEAM: u32 = 64u;

// Of each team: k is the slow axis.
var<workgroup> a_tile: array<f32, SPLIT * DEPTH * PITCH>;
var<workgroup> b_tile: array<f32, SPLIT * DEPTH * PITCH>;
// Where the rows of the tile begin.
var<workgroup> starts: array<u32, TILE>;

// Which of the two axes the threads walk first follows the layout in memory.
fn fill(at: Place, k0: u32, team: u32, member: u32) {
    let base = team * DEPTH * PITCH;
    for (var i = member; i < DEPTH * TILE; i += TEAM) {
        let row = select(i % TILE, i / DEPTH, A_K == 1u);
        let a_k = select(i / TILE, i % DEPTH, A_K == 1u);
        var a_value = 0.0;
        if (at.row + row < M && k0 + a_k < K) {
            a_value = x_at(at.batch * A_BATCH + starts[row] + (k0 + a_k) * A_K);
        }
        a_tile[base + a_k * PITCH + row] = a_value;
        let column = select(i % TILE, i / DEPTH, B_K == 1u);
        let b_k = select(i / TILE, i % DEPTH, B_K == 1u);
        var b_value = 0.0;
        if (at.column + column < N && k0 + b_k < K) {
            b_value = b[at.batch * B_BATCH + (k0 + b_k) * B_K + (at.column + column) * B_COLUMN];
        }
        b_tile[base + b_k * PITCH + column] = b_value;
    }
}

@compute @workgroup_size(64 * SPLIT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let index = group_number(group);
    let row_tiles = (M + TILE - 1u) / TILE;
    let column_tiles = (N + TILE - 1u) / TILE;
    copy_share(index * TEAM * SPLIT + local, threads_of(group, TEAM * SPLIT));
    // The same for the whole workgroup.
    if (index >= BATCH * row_tiles * column_tiles) {
        return;
    }
    let inside = index % (row_tiles * column_tiles);
    let at = Place(index / (row_tiles * column_tiles), inside / column_tiles * TILE, inside % column_tiles * TILE);
    begin();
    let team = local / TEAM;
    let member = local % TEAM;
    let first_row = member / 8u * EDGE;
    let first_column = member % 8u * 4u;
    for (var row = local; row < TILE; row += TEAM * SPLIT) {
        starts[row] = x_row(min(at.row + row, M - 1u));
    }
    workgroupBarrier();

    var sums = array<vec4<f32>, EDGE * VECTORS>();
    for (var k0 = 0u; k0 < K; k0 += DEPTH * SPLIT) {
        fill(at, k0 + team * DEPTH, team, member);
        workgroupBarrier();
        for (var k = 0u; k < DEPTH; k++) {
            let base = (team * DEPTH + k) * PITCH;
            for (var v = 0u; v < VECTORS; v++) {
                let b_at = base + first_column + v * 32u;
                let right = vec4<f32>(b_tile[b_at], b_tile[b_at + 1u], b_tile[b_at + 2u], b_tile[b_at + 3u]);
                for (var r = 0u; r < EDGE; r++) {
                    sums[v * EDGE + r] += a_tile[base + first_row + r] * right;
                }
            }
        }
        workgroupBarrier();
    }
    // The other teams hand their sums to the first, one after the other, through what was the tile of the left matrix.
    for (var other = 1u; other < SPLIT; other++) {
        for (var i = 0u; i < EDGE * VECTORS * 4u; i++) {
            if (team == other) {
                a_tile[i * TEAM + member] = sums[i / 4u][i % 4u];
            }
        }
        workgroupBarrier();
        for (var i = 0u; i < EDGE * VECTORS * 4u; i++) {
            if (team == 0u) {
                sums[i / 4u][i % 4u] += a_tile[i * TEAM + member];
            }
        }
        workgroupBarrier();
    }
    if (team != 0u) {
        return;
    }
    for (var i = 0u; i < EDGE * EDGE; i++) {
        let v = i / (EDGE * 4u);
        let column = at.column + first_column + v * 32u + i % 4u;
        store(at.batch, at.row + first_row + i / 4u % EDGE, column, sums[i / 4u][i % 4u]);
    }
    finish(at.row + first_row, EDGE, inside % column_tiles * 8u + member % 8u, column_tiles * 8u);
}
