// Shared: 8 x 8 pixels of a plane that begins at `plane`, for five_rows.wgsl.
fn eight(plane: u32, row: u32, column: u32) -> Eight {
    let at = plane + min(row, HEIGHT - 1u) * WIDTH + min(column, WIDTH - 8u);
    return Eight(x_four(at), x_four(at + 4u));
}

// Rows over the edge repeat the last one, and serve nothing that is kept; `column` is a multiple of four.
fn patch_of(plane: u32, row: u32, column: u32) -> Patch {
    return Patch(
        eight(plane, row, column),
        eight(plane, row + 1u, column),
        eight(plane, row + 2u, column),
        eight(plane, row + 3u, column),
        eight(plane, row + 4u, column),
        eight(plane, row + 5u, column),
        eight(plane, row + 6u, column),
        eight(plane, row + 7u, column),
    );
}
