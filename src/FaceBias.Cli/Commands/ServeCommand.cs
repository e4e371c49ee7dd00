using System.CommandLine;
using FaceBias.Server;
using FaceBias.Server.Hosting;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias serve</c>: a model as a service.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model.onnx of a run, or any ONNX file.", Required = true, HelpName = "FILE.onnx" };
        var port = new Option<int>("--port") { Description = "Port; 0 for any that is free.", DefaultValueFactory = _ => 8080 };
        var host = new Option<string>("--host") { Description = "Address to listen on.", DefaultValueFactory = _ => "127.0.0.1" };
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one per core.", DefaultValueFactory = _ => 0 };
        var command = new Command("serve", "Serves a model over HTTP.") { model, port, host, threads };
        command.SetAction(async (parsed, cancel) =>
        {
            await FaceBiasServer.RunAsync(new ServeOptions
            {
                Model = parsed.GetRequiredValue(model), Port = parsed.GetValue(port), Host = parsed.GetRequiredValue(host), Threads = parsed.GetValue(threads),
            }, address => Console.WriteLine($"Serving on {address} (Ctrl-C ends it)."), cancel).ConfigureAwait(false);
            return 0;
        });
        return command;
    }
}
