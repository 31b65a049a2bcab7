//! What workers have in common where the page is cross-origin isolated: the leader's orders, and the sums of all side by
//! side. They wait for each other here, without messages: a message would cost a turn of both event loops a step.

use super::shards::{LINE, Part, StepOrder, add_parts, each_place};
use super::team::lost;
use crate::backend::Buffer;
use crate::backend::kernel::UPDATE_ROW;
use crate::error::Result;
use crate::trainer::protocol::{Bytes, Floats};
use js_sys::{Atomics, Float32Array, Int32Array, SharedArrayBuffer, Uint8Array};
use wasm_bindgen::JsValue;

// Places in the header, counted in 32-bit numbers; what different workers write lies in different cache lines.
/// How many steps were ordered.
const ORDERED: u32 = 0;
/// How often the helpers were sent the leader's numbers.
const LOADS: u32 = 1;
const BATCH: u32 = 2;
const ROWS: u32 = 3;
const MASK_BYTES: u32 = 4;
/// The row of the schedule.
const SCHEDULE: u32 = 16;
/// How many steps each worker has summed.
const SUMMED: u32 = 48;
const BETWEEN: u32 = LINE as u32;
const MOST_WORKERS: u32 = 8;
const HEADER: u32 = SUMMED + MOST_WORKERS * BETWEEN;

/// In the place of a number of steps: this worker has failed.
const FAILED: i32 = i32::MIN;
/// Looks at a number before going to sleep, about half a millisecond: being woken takes longer than most waits last.
const LOOKS: u32 = 10_000;

/// Sizes that leader and helpers agree on.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Room {
    /// Floats of one worker's sums.
    pub sums: usize,
    /// Bytes of a step's dropout masks.
    pub masks: usize,
}

impl Room {
    fn masks_end(self) -> usize {
        HEADER as usize * 4 + self.masks.next_multiple_of(4 * LINE)
    }

    /// Fresh memory for so many workers. Sums are there twice: a fast worker writes those of the next step while a slow one
    /// still reads.
    pub fn allocate(self, workers: usize) -> JsValue {
        SharedArrayBuffer::new((self.masks_end() + 2 * workers * self.sums * 4) as u32).into()
    }
}

/// One worker's view of the memory.
pub struct SharedMemory {
    header: Int32Array,
    schedule: Float32Array,
    masks: Uint8Array,
    floats: Float32Array,
    part: Part,
    room: Room,
    /// Steps ordered, and steps summed.
    ordered: i32,
    summed: i32,
    looks: u32,
}

impl SharedMemory {
    /// `cores`: with fewer than workers, waiting keeps somebody from working, so nobody looks twice.
    pub fn new(memory: &JsValue, part: Part, room: Room, cores: usize) -> SharedMemory {
        SharedMemory {
            header: Int32Array::new_with_byte_offset_and_length(memory, 0, HEADER),
            schedule: Float32Array::new_with_byte_offset_and_length(memory, SCHEDULE * 4, UPDATE_ROW as u32),
            masks: Uint8Array::new_with_byte_offset_and_length(memory, HEADER * 4, room.masks as u32),
            floats: Float32Array::new_with_byte_offset(memory, room.masks_end() as u32),
            part,
            room,
            ordered: 0,
            summed: 0,
            looks: if cores < part.workers { 1 } else { LOOKS },
        }
    }

    /// As the leader: sets the helpers to work on a step. `loads`: how many letters with numbers they must have read before.
    pub fn order(&mut self, order: &StepOrder, loads: u32) -> Result<()> {
        self.header.set_index(LOADS, loads as i32);
        self.header.set_index(BATCH, order.batch as i32);
        self.header.set_index(ROWS, order.rows as i32);
        self.header.set_index(MASK_BYTES, order.masks.0.len() as i32);
        self.schedule.copy_from(&order.schedule.0);
        if !order.masks.0.is_empty() {
            self.masks.subarray(0, order.masks.0.len() as u32).copy_from(&order.masks.0);
        }
        self.ordered += 1;
        self.tell(ORDERED, self.ordered)
    }

    /// As a helper: sleeps until a step is ordered; the order, and how many letters to have read before.
    pub fn next_order(&mut self) -> Result<(StepOrder, u32)> {
        self.ordered += 1;
        self.wait(ORDERED, self.ordered, f64::INFINITY)?;
        let [loads, batch, rows, masks] = [LOADS, BATCH, ROWS, MASK_BYTES].map(|place| self.header.get_index(place) as u32);
        let order = StepOrder {
            batch: u64::from(batch),
            rows: rows as usize,
            schedule: Floats(self.schedule.to_vec()),
            masks: Bytes(self.masks.subarray(0, masks).to_vec()),
        };
        Ok((order, loads))
    }

    /// As any worker: replaces its partial sums by the sums of all.
    pub fn sum(&mut self, buffers: &[Buffer], patience: f64) -> Result<()> {
        self.summed += 1;
        let Part { worker: own, workers } = self.part;
        let half = (self.summed as usize & 1) * workers;
        let start = |worker: usize| (half + worker) * self.room.sums;
        each_place(buffers, |offset, floats| {
            let from = (start(own) + offset) as u32;
            self.floats.subarray(from, from + floats.len() as u32).copy_from(floats);
        })?;
        self.tell(slot(own), self.summed)?;
        for other in (0..workers).filter(|&other| other != own) {
            self.wait(slot(other), self.summed, patience)?;
        }
        add_parts(workers, own, buffers, |worker, offset, to| {
            let from = (start(worker) + offset) as u32;
            self.floats.subarray(from, from + to.len() as u32).copy_to(to);
        })
    }

    /// Lets those who wait for this worker know that it has failed.
    pub fn fail(&self) {
        let _ = self.tell(slot(self.part.worker), FAILED);
    }

    fn tell(&self, place: u32, number: i32) -> Result<()> {
        Atomics::store(&self.header, place, number).map_err(lost)?;
        Atomics::notify(&self.header, place).map(|_| ()).map_err(lost)
    }

    /// Until the number there is at least `wanted`; an error after so many milliseconds.
    fn wait(&self, place: u32, wanted: i32, patience: f64) -> Result<()> {
        let mut looks = 0;
        loop {
            let reached = Atomics::load(&self.header, place).map_err(lost)?;
            if reached >= wanted {
                return Ok(());
            }
            if reached == FAILED {
                return Err(lost("it has failed"));
            }
            looks += 1;
            if looks >= self.looks {
                let outcome = Atomics::wait_with_timeout(&self.header, place, reached, patience).map_err(lost)?;
                if outcome == "timed-out" {
                    return Err(lost("no answer"));
                }
            }
        }
    }
}

fn slot(worker: usize) -> u32 {
    SUMMED + worker as u32 * BETWEEN
}
