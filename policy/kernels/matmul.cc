#include "policy/kernels/matmul.h"

#include <algorithm>
#include <cstring>

#include "policy/kernels/aligned_buffer.h"
#include "policy/kernels/pack.h"
#include "policy/kernels/parallel.h"
#include "policy/kernels/work_count.h"

namespace hone {
namespace {

/// Floats of B, for each thread, that are packed at a time: they are multiplied before they leave the caches, and a large vocabulary needs
/// no second copy of its matrix.
constexpr int64_t kPackedFloats = int64_t{1} << 18;
/// Rows of a task: their share of the inner dimension stays in the second-level cache.
constexpr int64_t kTaskRows = 192;
constexpr int64_t kTaskPanels = 8;

/// Panel `panel` of B, zeros beyond its last column.
void pack_panel(const MatmulShape& shape, const MatrixView& b, int64_t panel, int64_t width, float* out) {
  const int64_t first = panel * width, count = std::min(width, shape.n - first);
  if (count < width) std::memset(out, 0, static_cast<std::size_t>(shape.k * width) * sizeof(float));
  if (b.transposed) return pack_columns(b.data + first * b.stride, b.stride, shape.k, count, width, out);
  for (int64_t p = 0; p < shape.k; ++p) {
    std::memcpy(out + p * width, b.data + p * b.stride + first, static_cast<std::size_t>(count) * sizeof(float));
  }
}

/// Panels of a task: fewer where there would not be tasks enough for the threads.
int64_t panels_of_task(int64_t row_tasks, int64_t panels, const TaskRunner* runner) {
  int64_t task_panels = kTaskPanels;
  const int64_t wanted = runner == nullptr ? 1 : 2 * runner->threads;
  while (task_panels > 1 && row_tasks * ((panels + task_panels - 1) / task_panels) < wanted) task_panels /= 2;
  return task_panels;
}

template <class Body>
void run_tasks(const TaskRunner* runner, int64_t n, const Body& body) {
  if (runner == nullptr || runner->threads == 1 || n == 1) {
    for (int64_t i = 0; i < n; ++i) body(i);
    return;
  }
  runner->run(static_cast<std::size_t>(n), [&body](std::size_t i) { body(static_cast<int64_t>(i)); });
}

}  // namespace

void matmul(const MatmulShape& shape, const MatrixView& a, const MatrixView& b, GemmStart start, const float* bias, float* c,
            int64_t c_stride, const TaskRunner* runner) {
  if (shape.m <= 0 || shape.n <= 0) return;
  count_work(shape.m * shape.n * shape.k);
  thread_local AlignedBuffer memory;
  const int64_t width = gemm_panel_width(), panels = (shape.n + width - 1) / width, panel_floats = width * shape.k;
  const int64_t threads = runner == nullptr ? 1 : runner->threads;
  const int64_t fitting = threads * kPackedFloats / std::max<int64_t>(1, panel_floats) / kTaskPanels * kTaskPanels;
  const int64_t chunk = std::min(panels, std::max(fitting, kTaskPanels));
  float* packed = memory.reserve(static_cast<std::size_t>(chunk * panel_floats));
  const double work = 2.0 * static_cast<double>(shape.m) * static_cast<double>(shape.n) * static_cast<double>(shape.k);
  if (work < kParallelWork) runner = nullptr;
  const int64_t row_tasks = (shape.m + kTaskRows - 1) / kTaskRows, task_rows = (shape.m + row_tasks - 1) / row_tasks;
  for (int64_t first = 0; first < panels; first += chunk) {
    const int64_t count = std::min(chunk, panels - first), column = first * width;
    run_tasks(runner, count, [&](int64_t p) { pack_panel(shape, b, first + p, width, packed + p * panel_floats); });
    const int64_t task_panels = panels_of_task(row_tasks, count, runner), panel_tasks = (count + task_panels - 1) / task_panels;
    run_tasks(runner, row_tasks * panel_tasks, [&](int64_t i) {
      const int64_t row = i / panel_tasks * task_rows, panel = i % panel_tasks * task_panels;
      run_gemm_block({.x = a.data,
                      .x_stride = a.stride,
                      .x_transposed = a.transposed,
                      .row_begin = row,
                      .row_end = std::min(shape.m, row + task_rows),
                      .panels = packed,
                      .k = shape.k,
                      .columns = std::min(shape.n - column, count * width),
                      .panel_begin = panel,
                      .panel_end = std::min(count, panel + task_panels),
                      .start = start,
                      .bias = bias == nullptr ? nullptr : bias + column,
                      .y = c + column,
                      .y_stride = c_stride});
    });
  }
}

}  // namespace hone
