//! The claim: after the first, a training step on the CPU allocates no tensor memory. An allocator that counts shows it.

use gradlab::Device;
use gradlab::data::mnist::{Images, Mnist, PIXELS};
use gradlab::trainer::TrainSettings;
use gradlab::trainer::session::Session;
use std::alloc::{GlobalAlloc, Layout, System};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The smallest tensor of these networks that has a batch in it is larger; lists of handles are smaller.
const TENSOR: usize = 1024;

static LARGE: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() >= TENSOR {
            LARGE.fetch_add(1, Ordering::SeqCst);
        }
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn a_replayed_step_allocates_no_tensor_memory() {
    for model in ["mlp-200", "fcn-5", "cnn"] {
        let count = 640;
        let pixels = (0..count * PIXELS).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let train = Images { pixels, labels: (0..count).map(|i| (i % 10) as u8).collect() };
        let test = Images { pixels: train.image(0).to_vec(), labels: vec![0] };
        let mut settings = TrainSettings::for_model(model);
        (settings.batch, settings.examples) = (64, count);
        let mut session = Session::new(settings, Device::Cpu).unwrap();
        session.attach(Rc::new(Mnist { train, test })).unwrap();
        let first = LARGE.load(Ordering::SeqCst);
        pollster::block_on(session.run(1)).unwrap();
        let recorded = LARGE.load(Ordering::SeqCst);
        assert!(recorded > first, "{model}: the first step must allocate, or this test counts nothing");
        for _ in 0..5 {
            pollster::block_on(session.run(1)).unwrap();
        }
        assert_eq!(LARGE.load(Ordering::SeqCst), recorded, "{model}");
    }
}
