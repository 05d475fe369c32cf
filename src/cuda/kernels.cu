// SPDX-License-Identifier: Apache-2.0
//
// All kernels run on the stream that they are given, and synchronise nothing
// but the threads of a block. The last block that comes to its end brings
// together what the others have found, in an order that does not depend on
// time, so that sums are the same each time.

#include "src/cuda/kernels.h"

namespace tblog::internal::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarp = 32;
constexpr int kBlocksPerMultiprocessor = 8;
constexpr size_t kLoadBytes = 16;  // the widest load of a thread
// With fewer buckets each lane of a warp has its own column of counts, in a
// bank of its own: values that are all alike cost what others do.
constexpr int kMaxColumnBuckets = 320;

// Calls visit(element) for this thread's share.
template <class T, class F>
__device__ void for_each_element(const T* data, size_t count, F&& visit) {
  constexpr size_t kPack = kLoadBytes / sizeof(T);
  const size_t thread =
      blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x;
  const size_t threads = gridDim.x * static_cast<size_t>(blockDim.x);
  const size_t misaligned =
      reinterpret_cast<uintptr_t>(data) % kLoadBytes / sizeof(T);
  size_t head = misaligned == 0 ? 0 : kPack - misaligned;
  if (head > count || reinterpret_cast<uintptr_t>(data) % sizeof(T) != 0)
    head = count;
  const size_t packs = (count - head) / kPack;
  const uint4* const body = reinterpret_cast<const uint4*>(data + head);
  for (size_t i = thread; i < head; i += threads) visit(data[i]);
  for (size_t i = thread; i < packs; i += threads) {
    const uint4 pack = __ldg(body + i);
    T elements[kPack];
    memcpy(elements, &pack, sizeof pack);
#pragma unroll
    for (size_t k = 0; k < kPack; ++k) visit(elements[k]);
  }
  for (size_t i = head + packs * kPack + thread; i < count; i += threads)
    visit(data[i]);
}

// Those of all threads, in shared[0].
__device__ void merge_block(Moments* shared, const Moments& mine) {
  shared[threadIdx.x] = mine;
  for (int half = kThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (static_cast<int>(threadIdx.x) < half)
      shared[threadIdx.x] =
          merged(shared[threadIdx.x], shared[threadIdx.x + half]);
  }
  __syncthreads();
}

template <class T>
__device__ void prepare_buckets(int buckets, Scratch* scratch) {
  const double lo = scratch->header.moments.min;
  const double hi = scratch->header.moments.max;
  const bool empty = scratch->header.moments.num == 0;
  // Where counts will stand, the edges before equal ones become one.
  double* const candidates = reinterpret_cast<double*>(scratch->counts);
  for (int i = threadIdx.x; i <= buckets; i += kThreads)
    candidates[i] = empty ? 0 : linear_edge<T>(lo, hi, buckets, i);
  __syncthreads();
  if (threadIdx.x == 0) {
    scratch->header.edges =
        empty ? 0
              : store_linear_edges(
                    lo, hi, buckets, [=](int i) { return candidates[i]; },
                    scratch->edges);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < buckets + 2; i += kThreads)
    scratch->counts[i] = 0;
}

template <class T>
__global__ void find_moments(const T* data, size_t count, int buckets,
                             Scratch* scratch) {
  __shared__ Moments shared[kThreads];
  __shared__ bool is_last;
  MomentsOfThread mine;
  for_each_element(data, count,
                   [&](T x) { mine.add(static_cast<double>(widen(x))); });
  merge_block(shared, mine.get());
  if (threadIdx.x == 0) {
    scratch->partial[blockIdx.x] = shared[0];
    __threadfence();
    is_last = atomicAdd(&scratch->finished_blocks, 1) == gridDim.x - 1;
  }
  __syncthreads();
  if (!is_last) return;

  __threadfence();
  Moments all = no_moments();
  for (unsigned i = threadIdx.x; i < gridDim.x; i += kThreads)
    all = merged(all, scratch->partial[i]);
  merge_block(shared, all);
  if (threadIdx.x == 0) {
    scratch->header.moments = shared[0];
    scratch->header.edges = 0;
    scratch->finished_blocks = 0;
  }
  __syncthreads();
  if (buckets > 0) prepare_buckets<T>(buckets, scratch);
}

// The number of bins that a block counts in, each in so many columns.
struct Bins {
  int count;
  int columns;
};

template <class T, class W, bool kGrid, bool kLinear>
__global__ void count_buckets(const T* data, size_t count, int edges, Bins bins,
                              Scratch* scratch) {
  extern __shared__ double memory[];
  W* const shared_edges = reinterpret_cast<W*>(memory);
  // Behind the edges, at a multiple of 8 bytes.
  unsigned int* const counts = reinterpret_cast<unsigned int*>(memory + edges);
  if (kLinear) edges = static_cast<int>(scratch->header.edges);
  if (edges < 2) return;
  for (int i = threadIdx.x; i < edges; i += kThreads)
    shared_edges[i] = static_cast<W>(scratch->edges[i]);
  for (int i = threadIdx.x; i < bins.count * bins.columns; i += kThreads)
    counts[i] = 0;
  __syncthreads();

  Buckets<W> buckets = {shared_edges, edges - 1, 0};
  if (kLinear) {
    const double width = static_cast<double>(shared_edges[edges - 1]) -
                         static_cast<double>(shared_edges[0]);
    const double slope = buckets.count / width;
    if (slope - slope == 0) buckets.slope = slope;  // finite
  }
  const int column =
      bins.columns == 1 ? 0 : static_cast<int>(threadIdx.x) % kWarp;
  for_each_element(data, count, [&](T element) {
    const W x = static_cast<W>(widen(element));
    if (!(x - x == 0)) return;
    const int i = kGrid
                      ? edges_up_to(static_cast<double>(x), shared_edges, edges)
                      : bucket_of(x, buckets);
    if (i >= 0) atomicAdd(&counts[i * bins.columns + column], 1u);
  });
  __syncthreads();
  for (int i = threadIdx.x; i < bins.count; i += kThreads) {
    unsigned long long sum = 0;
    for (int k = 0; k < bins.columns; ++k) sum += counts[i * bins.columns + k];
    if (sum > 0) atomicAdd(&scratch->counts[i], sum);
  }
}

int blocks_for(const Input& input) {
  constexpr size_t kMinPerThread = 16;
  const size_t useful = input.count / (kThreads * kMinPerThread) + 1;
  size_t most =
      static_cast<size_t>(input.multiprocessors) * kBlocksPerMultiprocessor;
  if (most > kMaxBlocks) most = kMaxBlocks;
  return static_cast<int>(useful < most ? useful : most);
}

template <class F>
cudaError_t visit_element(Element element, F&& visit) {
  switch (element) {
    case Element::kHalf:
      visit(Half{});
      break;
    case Element::kBrain:
      visit(Brain{});
      break;
    case Element::kFloat:
      visit(float{});
      break;
    case Element::kDouble:
      visit(double{});
      break;
  }
  return cudaGetLastError();
}

template <class T, class W, bool kGrid, bool kLinear>
void launch_count(const Input& input, int edges, Scratch* scratch) {
  Bins bins = {kGrid ? edges + 1 : edges - 1, 1};
  if (bins.count <= kMaxColumnBuckets) bins.columns = kWarp;
  const size_t bytes =
      static_cast<size_t>(edges) * sizeof(double) +
      static_cast<size_t>(bins.count) * bins.columns * sizeof(unsigned int);
  count_buckets<T, W, kGrid, kLinear>
      <<<blocks_for(input), kThreads, bytes, input.stream>>>(
          static_cast<const T*>(input.data), input.count, edges, bins, scratch);
}

}  // namespace

cudaError_t queue_moments(const Input& input, int buckets, Scratch* scratch) {
  return visit_element(input.element, [&](auto zero) {
    using T = decltype(zero);
    find_moments<T><<<blocks_for(input), kThreads, 0, input.stream>>>(
        static_cast<const T*>(input.data), input.count, buckets, scratch);
  });
}

cudaError_t queue_linear_counts(const Input& input, int buckets,
                                Scratch* scratch) {
  return visit_element(input.element, [&](auto zero) {
    using T = decltype(zero);
    launch_count<T, typename Widened<T>::Type, false, true>(input, buckets + 1,
                                                            scratch);
  });
}

cudaError_t queue_counts(const Input& input, int edges, bool is_grid,
                         Scratch* scratch) {
  return visit_element(input.element, [&](auto zero) {
    using T = decltype(zero);
    if (is_grid) {
      launch_count<T, double, true, false>(input, edges, scratch);
    } else {
      launch_count<T, double, false, false>(input, edges, scratch);
    }
  });
}

}  // namespace tblog::internal::cuda
