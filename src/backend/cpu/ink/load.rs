//! Ink from packed bytes, and the same ink column by column.

use super::Lists;
use crate::backend::cpu::CpuBuffer;
use crate::backend::cpu::batch::Load;
use crate::backend::cpu::number::Value;
use crate::backend::cpu::shard_tree::Plan;
use crate::error::Result;

/// `Kernel::LoadInk`: `images, labels, order, cursor -> starts, places, ink, labels`
pub fn load_ink(load: Load, inputs: &[&CpuBuffer], outputs: &[&CpuBuffer]) -> Result<()> {
    let (images, classes) = (u8::read(inputs[0]), u8::read(inputs[1]));
    let (order, cursor) = (u32::read(inputs[2]), u32::read(inputs[3]));
    let (mut starts, mut places) = (u32::write(outputs[0]), u32::write(outputs[1]));
    let (mut ink, mut labels) = (f32::write(outputs[2]), u32::write(outputs[3]));
    let ground = load.ground();
    let inks: [f32; 256] = std::array::from_fn(|byte| load.normalised(byte as u8) - ground);
    let mut count = 0;
    starts[0] = 0;
    load.each_image(&images, &order, &cursor, |row, example, pixels| {
        let room = count..count + load.features;
        count += entries(pixels, &inks, &mut places[room.clone()], &mut ink[room]);
        starts[row + 1] = count as u32;
        labels[row] = u32::from(classes[example]);
    })
}

/// Writes a place and a value for each byte that is not 0; returns how many. Without a branch for each byte: what an image has next
/// cannot be foreseen, and going wrong costs more than the few bytes beside the ink.
fn entries(image: &[u8], inks: &[f32; 256], places: &mut [u32], values: &mut [f32]) -> usize {
    assert!(places.len() >= image.len() && values.len() >= image.len(), "ink: an entry for each pixel at most");
    let (places, values) = (places.as_mut_ptr(), values.as_mut_ptr());
    let mut count = 0;
    let mut take = |place: usize, byte: u8| {
        // SAFETY: at most one entry for each byte before this one, and there is room for all.
        unsafe {
            *places.add(count) = place as u32;
            *values.add(count) = inks[usize::from(byte)];
        }
        count += usize::from(byte != 0);
    };
    let (words, rest) = image.as_chunks::<8>();
    for (word, bytes) in words.iter().enumerate() {
        if u64::from_ne_bytes(*bytes) != 0 {
            bytes.iter().enumerate().for_each(|(i, &byte)| take(word * 8 + i, byte));
        }
    }
    rest.iter().enumerate().for_each(|(i, &byte)| take(words.len() * 8 + i, byte));
    count
}

/// `Kernel::TransposeInk`: `starts, places, ink -> starts, places, ink`
pub fn transpose_ink(rows: usize, features: usize, shards: usize, inputs: &[&CpuBuffer], outputs: &[&CpuBuffer]) {
    let (starts, places, ink) = (u32::read(inputs[0]), u32::read(inputs[1]), f32::read(inputs[2]));
    Lists { starts: &starts, places: &places, values: &ink }.check(rows, features);
    let (mut ends, mut rows_of, mut turned) = (u32::write(outputs[0]), u32::write(outputs[1]), f32::write(outputs[2]));
    let (ends, count) = (&mut ends[..=features * shards], starts[rows] as usize);
    let (rows_of, turned) = (&mut rows_of[..count], &mut turned[..count]);
    ends.fill(0);
    let plan = Plan::new(rows, shards);
    // A list's start stands where its end will be: it moves on as the list is filled.
    let (first, moving) = ends.split_at_mut(1);
    for (shard, part) in plan.shards().iter().enumerate() {
        for &place in &places[starts[part.start] as usize..starts[part.end] as usize] {
            // SAFETY: the places were checked to be features.
            unsafe { *moving.get_unchecked_mut(place as usize * shards + shard) += 1 };
        }
    }
    for end in moving.iter_mut() {
        first[0] += std::mem::replace(end, first[0]);
    }
    first[0] = 0;
    for (shard, part) in plan.shards().iter().enumerate() {
        for row in part.start..part.end {
            let entries = starts[row] as usize..starts[row + 1] as usize;
            for (&place, &value) in places[entries.clone()].iter().zip(&ink[entries]) {
                // SAFETY: as above; each list's start moves on by as much as was counted, and all counts make the entries.
                unsafe {
                    let at = moving.get_unchecked_mut(place as usize * shards + shard);
                    *rows_of.get_unchecked_mut(*at as usize) = row as u32;
                    *turned.get_unchecked_mut(*at as usize) = value;
                    *at += 1;
                }
            }
        }
    }
}
