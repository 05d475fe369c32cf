// SPDX-License-Identifier: Apache-2.0
//
// The options by which every command chooses runs and values.

#include "tools/tblog/selection.h"

namespace tblog::tool {
namespace {

void declare_globs(CLI::App& app, const char* name,
                   std::vector<std::string>& variable, const char* description,
                   const char* type) {
  app.add_option(name, variable, description)
      ->type_name(type)
      ->take_all()
      ->allow_extra_args(false);
}

}  // namespace

void Selection::declare(CLI::App& app, JsonOption json) {
  declare_paths(app);
  declare_filters(app, json);
}

void Selection::declare_runs(CLI::App& app) {
  declare_paths(app);
  declare_run_filter(app);
  declare_display(app, JsonOption::kOffered);
}

void Selection::declare_filters(CLI::App& app, JsonOption json) {
  declare_run_filter(app);
  declare_globs(app, "--tag", tags_,
                "only tags that match, e.g. 'conv1/*'; may be given again for "
                "more",
                "GLOB");
  declare_globs(app, "--kind", kinds_,
                "only scalar, histogram, image, audio, text, tensor, pr_curve, "
                "mesh, layout, hparams, graph, run_metadata, session, "
                "embedding or other; may be given again for more",
                "KIND");
  app.add_option("--steps", steps_,
                 "from step A to B, both included, at least STRIDE apart; "
                 "e.g. 100:200, 500:, ::10, 42")
      ->type_name("A:B:STRIDE");
  app.add_option("--purge", purge_,
                 "leave out of resumed runs what TensorBoard does: python (by "
                 "its own reader) or rust (by its data server)")
      ->check(CLI::IsMember({"python", "rust"}))
      ->type_name("READER");
  declare_display(app, json);
}

void Selection::declare_paths(CLI::App& app) {
  app.add_option("PATH", paths_,
                 "log directory, run directory, event file, or a pattern of "
                 "these")
      ->required();
}

void Selection::declare_run_filter(CLI::App& app) {
  declare_globs(app, "--run", runs_,
                "only runs that match, e.g. 'lr0.1*'; may be given again for "
                "more",
                "GLOB");
}

void Selection::declare_display(CLI::App& app, JsonOption json) {
  if (json == JsonOption::kOffered)
    app.add_flag("--json", json_, "one JSON object a line");
  app.add_option("--color", display_.color,
                 "auto (on a terminal), always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
  app.add_option("--width", display_.width,
                 "columns of the output (default: the terminal's)")
      ->check(CLI::Range(20, 1000))
      ->type_name("N");
  app.add_flag("--ascii", display_.ascii, "draw with ASCII characters only");
}

}  // namespace tblog::tool
