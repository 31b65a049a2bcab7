//! Work for the queue: a dispatch becomes pipeline, bind group and grid; many go into one pass and one submit.

use super::buffer::GpuBuffer;
use super::context::Context;
use super::shader::{Access, Program};
use crate::error::{Error, Result};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Dispatches that may wait before they are submitted unasked.
const PENDING: usize = 128;

/// One kernel call, ready for the queue but for its pipeline and bind group.
#[derive(Debug, Clone)]
pub(super) struct Dispatch {
    pub program: &'static Program,
    pub constants: Vec<(&'static str, f64)>,
    pub params: Vec<u32>,
    /// In the order of the program's bindings, without the params.
    pub buffers: Vec<GpuBuffer>,
    /// Workgroups in all; folded over two directions where they are many.
    pub groups: u64,
    /// Buffers to clear before.
    pub clear: Vec<GpuBuffer>,
}

/// A dispatch with its objects made.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) run: Option<(Rc<Pipeline>, wgpu::BindGroup, (u32, u32))>,
    pub(super) clear: Vec<wgpu::Buffer>,
}

#[derive(Debug)]
pub(super) struct Pipeline {
    pub pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
}

type PipelineKey = (&'static str, &'static str, Vec<(&'static str, u64)>);

/// What was compiled.
#[derive(Debug, Default)]
pub(super) struct Pipelines {
    modules: RefCell<HashMap<&'static str, wgpu::ShaderModule>>,
    compiled: RefCell<HashMap<PipelineKey, Rc<Pipeline>>>,
}

impl Context {
    fn pipeline(&self, program: &'static Program, constants: &[(&'static str, f64)]) -> Rc<Pipeline> {
        let bits = constants.iter().map(|&(name, value)| (name, value.to_bits())).collect();
        let key: PipelineKey = (program.name, program.entry, bits);
        if let Some(pipeline) = self.pipelines.compiled.borrow().get(&key) {
            return pipeline.clone();
        }
        let entries: Vec<wgpu::BindGroupLayoutEntry> = program
            .bindings
            .iter()
            .map(|&(binding, access)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer {
                    ty: match access {
                        Access::Read => wgpu::BufferBindingType::Storage { read_only: true },
                        Access::Write => wgpu::BufferBindingType::Storage { read_only: false },
                        Access::Cursor | Access::Params => wgpu::BufferBindingType::Uniform,
                    },
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            })
            .collect();
        let layout = self
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(program.name), entries: &entries });
        let pipeline_layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(program.name),
            bind_group_layouts: &[Some(&layout)],
            ..wgpu::PipelineLayoutDescriptor::default()
        });
        let mut modules = self.pipelines.modules.borrow_mut();
        let module = modules.entry(program.name).or_insert_with(|| {
            self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(program.name),
                source: wgpu::ShaderSource::Wgsl(program.source().into()),
            })
        });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(program.name),
            layout: Some(&pipeline_layout),
            module,
            entry_point: Some(program.entry),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants,
                ..wgpu::PipelineCompilationOptions::default()
            },
            cache: None,
        });
        self.count(|counters| counters.pipelines += 1);
        let pipeline = Rc::new(Pipeline { pipeline, layout });
        self.pipelines.compiled.borrow_mut().insert(key, pipeline.clone());
        pipeline
    }

    /// Makes the objects of a dispatch: its pipeline (once for its sizes), its uniform, its bind group.
    pub(super) fn prepare(&self, dispatch: &Dispatch) -> Result<Prepared> {
        let side = u64::from(self.limits.max_compute_workgroups_per_dimension);
        if dispatch.groups > side * side {
            return Err(Error::Device(format!(
                "{} needs {} workgroups, over this GPU's limit of {}",
                dispatch.program.name,
                dispatch.groups,
                side * side
            )));
        }
        let needed = dispatch.program.storage_buffers();
        if needed > self.max_storage_buffers() {
            return Err(Error::Device(format!(
                "{} binds {needed} buffers, over this GPU's limit of {}",
                dispatch.program.name,
                self.max_storage_buffers()
            )));
        }
        let pipeline = self.pipeline(dispatch.program, &dispatch.constants);
        let uniform = (!dispatch.params.is_empty()).then(|| {
            let mut words = dispatch.params.clone();
            words.resize(words.len().next_multiple_of(4), 0);
            let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: 4 * words.len() as u64,
                usage: wgpu::BufferUsages::UNIFORM,
                mapped_at_creation: true,
            });
            if let Ok(mut range) = buffer.slice(..).get_mapped_range_mut() {
                range.copy_from_slice(bytemuck::cast_slice(&words));
            }
            buffer.unmap();
            buffer
        });
        let mut buffers = dispatch.buffers.iter();
        let entries: Vec<wgpu::BindGroupEntry<'_>> = dispatch
            .program
            .bindings
            .iter()
            .filter_map(|&(binding, access)| {
                let buffer = match access {
                    Access::Params => uniform.as_ref(),
                    _ => buffers.next().map(GpuBuffer::raw),
                };
                buffer.map(|buffer| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            })
            .collect();
        self.count(|counters| counters.bind_groups += 1);
        let bind_group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(dispatch.program.name),
            layout: &pipeline.layout,
            entries: &entries,
        });
        let clear = dispatch.clear.iter().map(|buffer| buffer.raw().clone()).collect();
        let run = (dispatch.groups > 0).then(|| (pipeline, bind_group, fold(dispatch.groups, side)));
        Ok(Prepared { run, clear })
    }

    /// Puts a dispatch behind what waits already.
    pub(super) fn queue_dispatch(&self, dispatch: &Dispatch) -> Result<()> {
        if dispatch.groups == 0 && dispatch.clear.is_empty() {
            return Ok(());
        }
        let prepared = self.prepare(dispatch)?;
        self.pending.borrow_mut().push(prepared);
        if self.pending.borrow().len() >= PENDING {
            self.flush();
        }
        Ok(())
    }

    /// Submits what waits.
    pub(super) fn flush(&self) {
        let pending = std::mem::take(&mut *self.pending.borrow_mut());
        if !pending.is_empty() {
            let mut encoder = self.device.create_command_encoder(&Default::default());
            self.encode(&mut encoder, &pending, 1);
            self.submit(encoder);
        }
    }

    /// Encodes all calls `times` over, in as few passes as clearing allows.
    pub(super) fn encode(&self, encoder: &mut wgpu::CommandEncoder, calls: &[Prepared], times: usize) {
        let mut pass: Option<wgpu::ComputePass<'static>> = None;
        for _ in 0..times {
            for call in calls {
                if !call.clear.is_empty() {
                    pass = None;
                    for buffer in &call.clear {
                        encoder.clear_buffer(buffer, 0, None);
                    }
                }
                let Some((pipeline, bind_group, groups)) = &call.run else { continue };
                let pass = pass.get_or_insert_with(|| encoder.begin_compute_pass(&Default::default()).forget_lifetime());
                pass.set_pipeline(&pipeline.pipeline);
                pass.set_bind_group(0, bind_group, &[]);
                pass.dispatch_workgroups(groups.0, groups.1, 1);
            }
        }
        drop(pass);
        let dispatches = calls.iter().filter(|call| call.run.is_some()).count();
        self.count(|counters| counters.dispatches += (times * dispatches) as u64);
    }

    pub(super) fn submit(&self, encoder: wgpu::CommandEncoder) {
        self.queue.submit([encoder.finish()]);
        self.count(|counters| counters.submits += 1);
    }
}

/// Workgroups over two directions: as many in the first as the limit allows.
fn fold(groups: u64, side: u64) -> (u32, u32) {
    if groups == 0 {
        return (0, 1);
    }
    let rows = groups.div_ceil(side);
    (groups.div_ceil(rows) as u32, rows as u32)
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn many_workgroups_fold_over_two_directions() {
        for (groups, side) in [(1, 65535), (65535, 65535), (65536, 65535), (1_000_003, 65535), (16, 4), (0, 4)] {
            let (x, y) = fold(groups, side);
            assert!(u64::from(x) <= side && u64::from(y) <= side);
            assert!(u64::from(x) * u64::from(y) >= groups);
        }
    }
}
