//! The few calls of ggml that multiply matrices, with their memory owned.
#![allow(unsafe_code)] // llama-cpp-2 wraps no tensors

use std::{
    ffi::c_int,
    ptr::{self, NonNull},
};

use llama_cpp_sys_2 as sys;

/// Rows and columns of a matrix: of the size that the layers of small models have.
const SIDE: usize = 2048;
/// Bytes of 256 weights.
const BLOCK_BYTES: usize = 144;
/// 256 MB of them, so that no cache holds what is measured.
const COUNT: usize = 256 * 1024 * 1024 / (SIDE * SIDE / 256 * BLOCK_BYTES);

/// Nodes that a graph has room for.
const NODES: usize = STEPS * COUNT + 1;
/// Operations of a layer: norm, product, sum. Threads wait for each other after each, as they do in a model.
const STEPS: usize = 3;

type SetThreads = unsafe extern "C" fn(sys::ggml_backend_t, c_int);
type ExtraBuffers = unsafe extern "C" fn(sys::ggml_backend_dev_t) -> *mut sys::ggml_backend_buffer_type_t;

/// Matrices of Q4_K weights in the memory and the order that llama.cpp would give them, on the device where it would
/// put them.
pub(super) struct Matrices {
    // Before the backend, as fields are dropped in their order.
    _weights: Arena,
    tensors: Vec<*mut sys::ggml_tensor>,
    backend: Backend,
}

impl Matrices {
    /// Makes them; none where memory does not suffice.
    pub(super) fn new(threads: c_int) -> Option<Self> {
        let backend = Backend::best(threads)?;
        for kind in backend.memory_kinds() {
            let (weights, tensors) = laid_out(kind)?;
            if backend.multiplies(tensors[0]) {
                let matrix = random_blocks(SIDE * SIDE / 256);
                for tensor in &tensors {
                    // SAFETY: the tensor is allocated and as large as the blocks.
                    unsafe { sys::ggml_backend_tensor_set(*tensor, matrix.as_ptr().cast(), 0, matrix.len()) };
                }
                return Some(Self { _weights: weights, tensors, backend });
            }
        }
        None
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.tensors.len()
    }

    /// Bytes of their weights.
    pub(super) fn bytes(&self) -> usize {
        self.tensors.len() * SIDE * SIDE / 256 * BLOCK_BYTES
    }

    /// Layers of the first `matrices` on so many columns, each on what the one before made; none where memory does not suffice.
    pub(super) fn product(&self, matrices: usize, columns: usize) -> Option<Product<'_>> {
        let arena = Arena::new(matrices)?;
        let context = arena.context.as_ptr();
        let values: Vec<f32> = (0..SIDE * columns).map(|at| (at * 7_919 % 2_001) as f32 / 1_000.0 - 1.0).collect();
        // SAFETY: the arena has room for these tensors and this graph; the weights outlive the product, which borrows
        // them; the input is allocated and as large as the values.
        let (graph, arena) = unsafe {
            let graph = sys::ggml_new_graph_custom(context, NODES, false);
            let input = sys::ggml_new_tensor_2d(context, sys::GGML_TYPE_F32, SIDE as i64, columns as i64);
            let layer = |columns, weights: &*mut sys::ggml_tensor| {
                let normed = sys::ggml_rms_norm(context, columns, 1e-5);
                sys::ggml_add(context, columns, sys::ggml_mul_mat(context, *weights, normed))
            };
            sys::ggml_build_forward_expand(graph, self.tensors[..matrices].iter().fold(input, layer));
            let arena = arena.allocated(sys::ggml_backend_get_default_buffer_type(self.backend.0.as_ptr()))?;
            sys::ggml_backend_tensor_set(input, values.as_ptr().cast(), 0, size_of_val(values.as_slice()));
            (graph, arena)
        };
        let flops = 2.0 * (SIDE * SIDE * matrices * columns) as f64;
        Some(Product { graph, flops, _arena: arena, matrices: self })
    }
}

/// Layers that can be computed again and again.
pub(super) struct Product<'a> {
    graph: *mut sys::ggml_cgraph,
    flops: f64,
    /// Holds what the graph points at.
    _arena: Arena,
    matrices: &'a Matrices,
}

impl Product<'_> {
    /// Multiplications and additions of one run.
    pub(super) fn flops(&self) -> f64 {
        self.flops
    }

    /// Computes it once and waits for it.
    ///
    /// # Errors
    /// ggml's status.
    pub(super) fn run(&self) -> Result<(), c_int> {
        // SAFETY: graph and tensors are allocated and live in `self` and the matrices.
        match unsafe { sys::ggml_backend_graph_compute(self.matrices.backend.0.as_ptr(), self.graph) } {
            sys::GGML_STATUS_SUCCESS => Ok(()),
            status => Err(status),
        }
    }
}

/// The matrices in this kind of memory, without values; none where there is too little of it.
fn laid_out(kind: sys::ggml_backend_buffer_type_t) -> Option<(Arena, Vec<*mut sys::ggml_tensor>)> {
    let arena = Arena::new(COUNT)?;
    // SAFETY: the arena has room for so many tensors.
    let tensor =
        || unsafe { sys::ggml_new_tensor_2d(arena.context.as_ptr(), sys::GGML_TYPE_Q4_K, SIDE as i64, SIDE as i64) };
    let tensors = (0..COUNT).map(|_| tensor()).collect();
    Some((arena.allocated(kind)?, tensors))
}

/// Random weights with a mean of 0 and a deviation of about 0.02; speed does not depend on their values.
fn random_blocks(count: usize) -> Vec<u8> {
    // 1e-4 and 7.5e-4 as 16-bit floats: the steps of a block's scales and of its offsets.
    const SCALES: [u8; 4] = [0x8E, 0x06, 0x25, 0x12];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut blocks = Vec::with_capacity(count * BLOCK_BYTES);
    for _ in 0..count {
        blocks.extend(SCALES);
        for _ in 0..(BLOCK_BYTES - SCALES.len()) / 4 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            blocks.extend(&state.to_le_bytes()[..4]);
        }
    }
    blocks
}

/// Tensors, a graph perhaps, and the memory of their values.
struct Arena {
    context: NonNull<sys::ggml_context>,
    buffer: sys::ggml_backend_buffer_t,
}

impl Arena {
    /// Room for so many layers, two more tensors, and a graph.
    fn new(layers: usize) -> Option<Self> {
        // SAFETY: ggml allocates the room itself and returns null where it cannot.
        let context = unsafe {
            let graph = sys::ggml_graph_overhead_custom(NODES, false);
            let mem_size = sys::ggml_tensor_overhead() * (STEPS * layers + 2) + graph;
            sys::ggml_init(sys::ggml_init_params { mem_size, mem_buffer: ptr::null_mut(), no_alloc: true })
        };
        Some(Self { context: NonNull::new(context)?, buffer: ptr::null_mut() })
    }

    /// With memory of this kind for those of its tensors that have none; none where there is too little of it.
    fn allocated(mut self, kind: sys::ggml_backend_buffer_type_t) -> Option<Self> {
        // SAFETY: context and kind are ggml's own and valid.
        self.buffer = unsafe { sys::ggml_backend_alloc_ctx_tensors_from_buft(self.context.as_ptr(), kind) };
        (!self.buffer.is_null()).then_some(self)
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: both are owned here; a null buffer is freed as nothing.
        unsafe {
            sys::ggml_backend_buffer_free(self.buffer);
            sys::ggml_free(self.context.as_ptr());
        }
    }
}

/// A device at work.
struct Backend(NonNull<sys::ggml_backend>);

impl Backend {
    /// On the device that models run on: a graphics processor where the build can use one, else the processor.
    fn best(threads: c_int) -> Option<Self> {
        let kinds =
            [sys::GGML_BACKEND_DEVICE_TYPE_GPU, sys::GGML_BACKEND_DEVICE_TYPE_IGPU, sys::GGML_BACKEND_DEVICE_TYPE_CPU];
        // SAFETY: ggml returns null where there is no such device or it does not start.
        let start = |kind| NonNull::new(unsafe { sys::ggml_backend_init_by_type(kind, ptr::null()) });
        let backend = Self(kinds.into_iter().find_map(start)?);
        if let Some(set) = backend.procedure(c"ggml_backend_set_n_threads") {
            // SAFETY: ggml documents this procedure under this name with this signature.
            unsafe { std::mem::transmute::<NonNull<_>, SetThreads>(set)(backend.0.as_ptr(), threads) };
        }
        Some(backend)
    }

    /// Kinds of memory for weights, the best first: the processor's own layouts before plain memory.
    fn memory_kinds(&self) -> Vec<sys::ggml_backend_buffer_type_t> {
        let mut kinds = Vec::new();
        // SAFETY: ggml documents this procedure under this name with this signature; its list ends with null.
        unsafe {
            if let Some(list) = self.procedure(c"ggml_backend_dev_get_extra_bufts") {
                let mut next = std::mem::transmute::<NonNull<_>, ExtraBuffers>(list)(self.device());
                while !next.is_null() && !(*next).is_null() {
                    kinds.push(*next);
                    next = next.add(1);
                }
            }
            kinds.push(sys::ggml_backend_get_default_buffer_type(self.0.as_ptr()));
        }
        kinds
    }

    /// Whether it multiplies this matrix where it lies.
    fn multiplies(&self, matrix: *mut sys::ggml_tensor) -> bool {
        let Some(trial) = Arena::new(1) else { return false };
        // SAFETY: the arena has room for both tensors; asking computes nothing.
        unsafe {
            let input = sys::ggml_new_tensor_2d(trial.context.as_ptr(), sys::GGML_TYPE_F32, SIDE as i64, 1);
            let product = sys::ggml_mul_mat(trial.context.as_ptr(), matrix, input);
            sys::ggml_backend_dev_supports_op(self.device(), product)
        }
    }

    fn device(&self) -> sys::ggml_backend_dev_t {
        // SAFETY: the backend is there.
        unsafe { sys::ggml_backend_get_device(self.0.as_ptr()) }
    }

    /// What a kind of backend offers beside what all do.
    fn procedure(&self, name: &std::ffi::CStr) -> Option<NonNull<std::ffi::c_void>> {
        // SAFETY: the device is there; ggml returns null where it does not know the name.
        NonNull::new(unsafe {
            let kind = sys::ggml_backend_dev_backend_reg(self.device());
            sys::ggml_backend_reg_get_proc_address(kind, name.as_ptr())
        })
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        // SAFETY: it is owned here, and nothing that it computed with is used after it.
        unsafe { sys::ggml_backend_free(self.0.as_ptr()) };
    }
}
