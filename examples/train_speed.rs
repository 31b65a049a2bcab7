//! How fast this library trains the course's networks when it is compiled for this machine instead of for the browser:
//! the same session, recording and kernels. `cargo xtask bench` runs it for its native rows; a JSON line for each network.
//!
//!     cargo run --release --example train_speed -- [steps] [seconds]

use gradlab::Device;
use gradlab::backend::cpu::measured_peak;
use gradlab::data::mnist::Mnist;
use gradlab::trainer::TrainSettings;
use gradlab::trainer::session::Session;
use std::path::Path;
use std::rc::Rc;
use std::time::Instant;

/// Steps before the clock starts.
const WARM_UP: u64 = 5;
/// Between two looks at the clock.
const STRETCH: u64 = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let steps: u64 = arguments.next().map_or(Ok(200), |text| text.parse())?;
    let seconds: f64 = arguments.next().map_or(Ok(6.0), |text| text.parse())?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data");
    let data = Rc::new(Mnist::from_folder(&folder).map_err(|problem| format!("{problem:?}"))?);
    let clock = Instant::now();
    let peak = measured_peak(|| clock.elapsed().as_secs_f64() * 1e3);
    for name in ["mlp-200", "fcn-5", "cnn"] {
        let mut session = Session::new(TrainSettings::for_model(name), Device::Cpu)?;
        session.attach(data.clone())?;
        while session.step_count() < WARM_UP {
            pollster::block_on(session.run(WARM_UP - session.step_count()))?;
        }
        let start = Instant::now();
        while session.step_count() < WARM_UP + steps && start.elapsed().as_secs_f64() < seconds {
            pollster::block_on(session.run(STRETCH.min(WARM_UP + steps - session.step_count())))?;
        }
        let rate = (session.step_count() - WARM_UP) as f64 / start.elapsed().as_secs_f64();
        println!(r#"{{"what":"train","network":"{name}","threads":1,"stepsPerSecond":{rate},"peak":{peak}}}"#);
    }
    Ok(())
}
