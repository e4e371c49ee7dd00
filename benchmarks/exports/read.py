"""What MLflow and TensorBoard read of exported runs, by their own code: python read.py mlruns runs/sweep/events

Needs the Python packages mlflow and tensorboard.
"""
import sys

store, events = sys.argv[1:3]

from mlflow.entities import ViewType
from mlflow.store.tracking.file_store import FileStore
from mlflow.version import VERSION

mlflow = FileStore(store)
runs = mlflow.search_runs(["0"], "", ViewType.ACTIVE_ONLY)
print(f"MLflow {VERSION}: {len(runs)} runs")
for run in runs:
    curve = next(k for k in run.data.metrics if k.startswith("training/"))
    print(f"  {run.info.status}, {len(run.data.params)} parameters, {len(run.data.metrics)} metrics, "
          f"{len(mlflow.get_metric_history(run.info.run_id, curve))} points of '{curve}'")
print("  runs with metrics.`test/gender accuracy` > 0.5:",
      len(mlflow.search_runs(["0"], "metrics.`test/gender accuracy` > 0.5", ViewType.ACTIVE_ONLY)))

from tensorboard import context, version
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups

multiplexer = plugin_event_multiplexer.EventMultiplexer()
multiplexer.AddRunsFromDirectory(events)
multiplexer.Reload()
provider = data_provider.MultiplexerDataProvider(multiplexer, events)
backend = backend_context.Context(base_plugin.TBContext(data_provider=provider, logdir=events))
request = context.RequestContext()
experiment = get_experiment.Handler(request, backend, "", api_pb2.GetExperimentRequest()).run()
sessions = list_session_groups.Handler(request, backend, "", api_pb2.ListSessionGroupsRequest(
    start_index=0, slice_size=1000, allowed_statuses=[api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE])).run()
print(f"TensorBoard {version.VERSION}: {sessions.total_size} trials, {len(experiment.hparam_infos)} hyperparameters, "
      f"{len(experiment.metric_infos)} metrics")
