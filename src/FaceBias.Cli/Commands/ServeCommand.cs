using FaceBias.Server;
using FaceBias.Server.Hosting;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias serve</c>: a model as a service.</summary>
internal static class ServeCommand
{
    public static Command Create() => Job.Command<ServeOptions>("serve",
        "Serves a model over HTTP: own routes, the Open Inference Protocol, metrics, and a page.",
        "serve --model runs/first/model.onnx",
        async (options, job) =>
        {
            await FaceBiasServer.RunAsync(options, address => job.Line($"Serving on {address} (Ctrl-C ends it)."),
                job.Cancel).ConfigureAwait(false);
            return 0;
        });
}
