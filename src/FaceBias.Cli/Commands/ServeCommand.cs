using System.CommandLine;
using FaceBias.Server;
using FaceBias.Server.Hosting;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias serve</c>: a model as a service.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var defaults = new ServeOptions { Model = "" };
        var model = new Option<string>("--model") { Description = "The model.onnx of a run, or any ONNX file, which is then served as plain tensors.", Required = true, HelpName = "FILE.onnx" };
        var name = new Option<string?>("--name") { Description = "The model's name under /v2/models; the file's name by default.", HelpName = "NAME" };
        var host = new Option<string>("--host") { Description = "Address to listen on; the default can be reached from this machine alone.", DefaultValueFactory = _ => defaults.Host, HelpName = "ADDRESS" };
        var port = new Option<int>("--port") { Description = "Port; 0 for any that is free.", DefaultValueFactory = _ => defaults.Port };
        var key = new Option<string?>("--api-key-file") { Description = "File with the key that requests must carry; else FACEBIAS_API_KEY, else none.", HelpName = "FILE" };
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one per core.", DefaultValueFactory = _ => 0 };
        var batch = new Option<int>("--batch-rows") { Description = "Most pictures that are predicted together.", DefaultValueFactory = _ => defaults.BatchRows };
        var queue = new Option<int>("--queue-rows") { Description = "Most pictures that are accepted and not answered yet; then 429.", DefaultValueFactory = _ => defaults.QueueRows };
        var deadline = new Option<double>("--deadline") { Description = "Seconds after which a request is given up with 504.", DefaultValueFactory = _ => defaults.Deadline };
        var bytes = new Option<long>("--max-bytes") { Description = "Most bytes of a picture's file.", DefaultValueFactory = _ => defaults.MaxBytes };
        var pixels = new Option<long>("--max-pixels") { Description = "Most pixels of a picture.", DefaultValueFactory = _ => defaults.MaxPixels };
        var files = new Option<int>("--max-files") { Description = "Most pictures of one request.", DefaultValueFactory = _ => defaults.MaxFiles };
        var connections = new Option<int>("--max-connections") { Description = "Most connections at a time; further ones are closed.", DefaultValueFactory = _ => defaults.MaxConnections };
        var download = new Option<bool>("--download") { Description = "Let GET /model/onnx hand out the model's file." };
        var reference = new Option<string?>("--reference") { Description = "Predictions whose shares are the expected ones; the test rows beside the model by default.", HelpName = "FILE" };
        var alarms = new Option<double>("--false-alarm-rate") { Description = "Probability that a window raises an alarm by chance; 0 for no alarms.", DefaultValueFactory = _ => defaults.FalseAlarmRate };
        var window = new Option<int>("--alarm-window") { Description = "Predictions of a window, after which the test begins anew.", DefaultValueFactory = _ => defaults.AlarmWindow };
        var abstain = new Option<double>("--abstain-below") { Description = "A label whose probability is below this counts as an abstention; 0 for none.", DefaultValueFactory = _ => defaults.AbstainBelow };
        var command = new Command("serve", "Serves a model over HTTP: own routes, the Open Inference Protocol, metrics, and a page.")
        {
            model, name, host, port, key, threads, batch, queue, deadline, bytes, pixels, files, connections, download, reference, alarms, window, abstain,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            await FaceBiasServer.RunAsync(new ServeOptions
            {
                Model = parsed.GetRequiredValue(model),
                Name = parsed.GetValue(name),
                Host = parsed.GetRequiredValue(host),
                Port = parsed.GetValue(port),
                ApiKeyFile = parsed.GetValue(key),
                Threads = parsed.GetValue(threads),
                BatchRows = parsed.GetValue(batch),
                QueueRows = parsed.GetValue(queue),
                Deadline = parsed.GetValue(deadline),
                MaxBytes = parsed.GetValue(bytes),
                MaxPixels = parsed.GetValue(pixels),
                MaxFiles = parsed.GetValue(files),
                MaxConnections = parsed.GetValue(connections),
                Download = parsed.GetValue(download),
                Reference = parsed.GetValue(reference),
                FalseAlarmRate = parsed.GetValue(alarms),
                AlarmWindow = parsed.GetValue(window),
                AbstainBelow = parsed.GetValue(abstain),
            }, address => Console.WriteLine($"Serving on {address} (Ctrl-C ends it)."), cancel).ConfigureAwait(false);
            return 0;
        });
        return command;
    }
}
