//! Where each node of a graph is drawn: layers from left to right, inputs before what reads them. Only geometry.
//!
//! Small graphs go through `rust-sugiyama` (few crossings, straight chains); its work grows faster than the graph, so
//! larger ones are put in columns by depth and ordered by the mean of their inputs, which is linear.

use rust_sugiyama::configure::{Config, RankingType};
use rust_sugiyama::from_vertices_and_edges;

/// Above this many nodes the linear layout is used.
const FINE_LIMIT: usize = 160;
/// Free space between neighbours in a column.
const GAP: f64 = 22.0;
/// Free space between columns.
const COLUMN_GAP: f64 = 46.0;

/// Centres of the nodes, and the size of the whole drawing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// `(x, y)` of each node's centre, in the order of the nodes.
    pub centres: Vec<(f64, f64)>,
    /// Width of the drawing.
    pub width: f64,
    /// Height of the drawing.
    pub height: f64,
}

/// Places nodes of the given `(width, height)`; `inputs[i]` are the nodes that node `i` reads, each before `i`.
pub fn layout(sizes: &[(f64, f64)], inputs: &[Vec<usize>]) -> Layout {
    let mut centres = match sizes.len() <= FINE_LIMIT {
        true => fine(sizes, inputs).unwrap_or_else(|| by_depth(sizes, inputs)),
        false => by_depth(sizes, inputs),
    };
    let left = centres.iter().zip(sizes).map(|(c, s)| c.0 - s.0 / 2.0).fold(f64::INFINITY, f64::min);
    let top = centres.iter().zip(sizes).map(|(c, s)| c.1 - s.1 / 2.0).fold(f64::INFINITY, f64::min);
    for centre in &mut centres {
        *centre = (centre.0 - left, centre.1 - top);
    }
    let width = centres.iter().zip(sizes).map(|(c, s)| c.0 + s.0 / 2.0).fold(0.0, f64::max);
    let height = centres.iter().zip(sizes).map(|(c, s)| c.1 + s.1 / 2.0).fold(0.0, f64::max);
    Layout { centres, width, height }
}

/// Sugiyama's layers. The library draws from top to bottom: sizes and places are turned. Components are put below each other.
fn fine(sizes: &[(f64, f64)], inputs: &[Vec<usize>]) -> Option<Vec<(f64, f64)>> {
    let vertices: Vec<(u32, (f64, f64))> =
        sizes.iter().enumerate().map(|(id, &(width, height))| (id as u32, (height, width + COLUMN_GAP - GAP))).collect();
    let mut edges = Vec::new();
    for (reader, from) in inputs.iter().enumerate() {
        for (k, &input) in from.iter().enumerate() {
            if !from[..k].contains(&input) {
                edges.push((input as u32, reader as u32));
            }
        }
    }
    let config = Config { vertex_spacing: GAP, ranking_type: RankingType::MinimizeEdgeLength, ..Config::default() };
    let mut centres = vec![None; sizes.len()];
    let mut below = 0.0;
    for (component, _, _) in from_vertices_and_edges(&vertices, &edges, &config) {
        let top = component.iter().map(|&(id, (y, _))| y - sizes[id].1 / 2.0).fold(f64::INFINITY, f64::min);
        let mut bottom: f64 = 0.0;
        for (id, (y, x)) in component {
            let y = y - top + below;
            bottom = bottom.max(y + sizes[id].1 / 2.0);
            centres[id] = Some((x, y));
        }
        below = bottom + GAP;
    }
    // The library's ranks are trusted only if they run left to right.
    let centres: Vec<(f64, f64)> = centres.into_iter().collect::<Option<_>>()?;
    let forward = edges.iter().all(|&(from, to)| centres[from as usize].0 < centres[to as usize].0);
    (forward && centres.iter().all(|c| c.0.is_finite() && c.1.is_finite())).then_some(centres)
}

/// Columns by depth, each ordered by the mean height of what its nodes read; leaves stand right before their first reader.
fn by_depth(sizes: &[(f64, f64)], inputs: &[Vec<usize>]) -> Vec<(f64, f64)> {
    let count = sizes.len();
    let mut depth = vec![0usize; count];
    for id in 0..count {
        depth[id] = inputs[id].iter().map(|&input| depth[input] + 1).max().unwrap_or(0);
    }
    let mut first_reader = vec![usize::MAX; count];
    for id in 0..count {
        for &input in &inputs[id] {
            first_reader[input] = first_reader[input].min(depth[id]);
        }
    }
    for id in 0..count {
        if inputs[id].is_empty() && first_reader[id] != usize::MAX {
            depth[id] = first_reader[id] - 1;
        }
    }
    let columns = depth.iter().max().map_or(0, |deepest| deepest + 1);
    let mut members = vec![Vec::new(); columns];
    for id in 0..count {
        members[depth[id]].push(id);
    }
    let mut centres = vec![(0.0, 0.0); count];
    let mut x = 0.0;
    for column in &mut members {
        let wish = |id: usize, centres: &[(f64, f64)]| {
            let known: Vec<f64> = inputs[id].iter().map(|&input| centres[input].1).collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        };
        let mut wishes: Vec<(f64, usize)> =
            column.iter().map(|&id| (wish(id, &centres).unwrap_or(f64::INFINITY), id)).collect();
        wishes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let width = column.iter().map(|&id| sizes[id].0).fold(0.0, f64::max);
        let mut free = f64::NEG_INFINITY;
        for (wished, id) in wishes {
            let half = sizes[id].1 / 2.0;
            let y = match (wished.is_finite(), free.is_finite()) {
                (true, true) => wished.max(free + half),
                (true, false) => wished,
                (false, true) => free + half,
                (false, false) => 0.0,
            };
            centres[id] = (x + width / 2.0, y);
            free = y + half + GAP;
        }
        x += width + COLUMN_GAP;
    }
    centres
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A graph in which node i reads one or two earlier ones, drawn from a small linear congruential sequence.
    fn random_graph(count: usize, mut seed: u64) -> Vec<Vec<usize>> {
        let mut draw = |below: usize| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as usize % below
        };
        (0..count)
            .map(|id| match id {
                0 | 1 => Vec::new(),
                _ if draw(4) == 0 => Vec::new(),
                _ => (0..=draw(2)).map(|_| draw(id)).collect(),
            })
            .collect()
    }

    #[test]
    fn nodes_never_overlap_and_edges_run_left_to_right() {
        for (count, seed) in [(1, 1), (2, 2), (7, 3), (30, 4), (80, 5), (160, 6), (161, 7), (300, 8), (1000, 9)] {
            let inputs = random_graph(count, seed);
            let sizes = vec![(64.0, 40.0); count];
            let start = std::time::Instant::now();
            let placed = layout(&sizes, &inputs);
            println!("{count} nodes: {:?}", start.elapsed());
            for (reader, from) in inputs.iter().enumerate() {
                for &input in from {
                    assert!(placed.centres[input].0 < placed.centres[reader].0, "{count}: {input} -> {reader}");
                }
            }
            for a in 0..count {
                for b in 0..a {
                    let (dx, dy) = (placed.centres[a].0 - placed.centres[b].0, placed.centres[a].1 - placed.centres[b].1);
                    assert!(dx.abs() >= 63.9 || dy.abs() >= 39.9, "{count}: {a} and {b} overlap by {dx} {dy}");
                }
            }
            assert!(placed.centres.iter().all(|c| c.0 >= 31.9 && c.1 >= 19.9 && c.0 <= placed.width));
        }
    }

    #[test]
    fn a_chain_is_straight() {
        let inputs: Vec<Vec<usize>> = (0usize..6).map(|id| id.checked_sub(1).into_iter().collect()).collect();
        let placed = layout(&[(50.0, 30.0); 6], &inputs);
        assert!(placed.centres.windows(2).all(|pair| (pair[0].1 - pair[1].1).abs() < 1.0), "{:?}", placed.centres);
    }
}
