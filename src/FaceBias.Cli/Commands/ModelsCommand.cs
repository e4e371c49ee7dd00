using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Opsets;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias models</c>: which backbones there are, getting them, and making one from a file.</summary>
internal static class ModelsCommand
{
    internal static Command Create() => Job.WithExample(
        new Command("models", "Lists, downloads, imports, inspects, converts and removes backbones.")
        {
            ListCommand(), PullCommand(), ImportCommand(), InspectCommand(), ConvertCommand(), RemoveCommand(),
        }, "models list");

    private static Command ListCommand()
    {
        var command = new Command("list", "The models of the catalogue and those that were imported.");
        command.SetAction(parsed =>
        {
            var store = new ModelStore();
            var models = store.List();
            var width = models.Max(m => m.Name.Length);
            foreach (var model in models)
            {
                var output = model.Features is { } features ? $"{features.Count,5} features" : $"{"detector",14}";
                var state = store.IsReady(model) ? "ready"
                    : model.DownloadMegabytes > 0 ? $"{model.DownloadMegabytes} MB" : "to pull";
                var size = $"{model.Input.Width}x{model.Input.Height}";
                Out(parsed).WriteLine(
                    $"{model.Name.PadRight(width)}  {size,-9}  {output}  {state,-7}  {model.Licence,-10}  "
                        + $"{model.Description}");
            }
            Out(parsed).WriteLine(
                "The licence is the package's; that of the weights can be narrower: facebias models inspect NAME.");
        });
        return Job.WithExample(command, "models list");
    }

    private static Command PullCommand()
    {
        var name = new Argument<string>("name") { Description = "A model of the catalogue." };
        var command = new Command("pull", "Download and import a model now instead of on its first use.") { name };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var model = new ModelStore().Get(parsed.GetValue(name)!,
                new StepLines(parsed.InvocationConfiguration.Error), cancel);
            Print(parsed, model);
            Out(parsed).WriteLine(Next(model));
            return 0;
        }, CancellationToken.None));
        return Job.WithExample(command, "models pull resnet50");
    }

    private static string Next(Backbone model) => model.FeatureCount > 0
        ? $"Next: facebias train --backbone {model.Name} --images DIR --labels FILE --targets NAME --out RUN"
        : "Next: facebias curate --images DIR --faces --out DIR";

    private static Command ImportCommand()
    {
        var file = new Argument<string>("file")
            { Description = "An ONNX or TensorFlow Lite (.tflite) file, or a TensorFlow.js model.json, with a single "
                + "picture as input." };
        var command = Job.Command<ImportArguments>("import",
            "Make an ONNX, TensorFlow Lite or TensorFlow.js model a backbone; what is not given is proposed from it.",
            "models import resnet.onnx --name mine", (options, job) =>
            {
                var (model, proposal) = ModelFileImport.Run(new ModelStore(), job.Parsed.GetValue(file)!, options.Name,
                    options.Import);
                job.Lines(proposal.Reasons);
                Print(job.Parsed, model);
                job.Line(Next(model));
                return 0;
            });
        command.Arguments.Add(file);
        return command;
    }

    internal sealed record ImportArguments
    {
        [Option("Name of the backbone; the file's name by default.", ValueName = "NAME", Group = OptionGroup.Output)]
        public string? Name { get; init; }

        [Options]
        public ImportOverrides Import { get; init; } = new();
    }

    private static Command ConvertCommand()
    {
        var file = new Argument<string>("file") { Description = "An ONNX file, such as a run's model.onnx." };
        var command = Job.Command<ConvertArguments>("convert",
            "Write an ONNX file in another operator set, for an older runtime.",
            "models convert model.onnx --opset 12", (options, job) =>
        {
            var (path, to) = (job.Parsed.GetValue(file)!, options.Opset);
            var written = options.Out ?? OpsetFile.Beside(path, to);
            if (File.Exists(written) && !options.Force)
                throw new FaceBiasException(
                    $"'{written}' is there already; give another ‹Out›, or ‹Force› to replace it.");
            if (Path.GetFullPath(written) == Path.GetFullPath(path))
                throw new FaceBiasException($"'{written}' would replace the file itself; give another ‹Out›.");
            job.Line(OpsetFile.Write(path, to, written));
            return 0;
        });
        command.Arguments.Add(file);
        return command;
    }

    internal sealed record ConvertArguments
    {
        [Option("The operator set to write.")]
        [Range(OpsetConverter.OldestWritten, GraphBuilder.Opset)]
        public required int Opset { get; init; }

        [Option("The file to write; beside the first, NAME.opsetN.onnx, by default.", ValueName = "FILE",
            Group = OptionGroup.Output)]
        public string? Out { get; init; }

        [Option("Replace a file that exists.", Group = OptionGroup.Output)]
        public bool Force { get; init; }
    }

    private static Command InspectCommand()
    {
        var target = new Argument<string>("name-or-file")
            { Description = "A model of the catalogue, an imported one, or any ONNX file." };
        var command = new Command("inspect",
            "Inputs, outputs, operators, parameters, metadata and licences of a model.") { target };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var what = parsed.GetValue(target)!;
            var store = new ModelStore();
            var isModel = store.List().Any(m => m.Name == what);
            var path = isModel || !File.Exists(what)
                ? store.Get(what, new StepLines(parsed.InvocationConfiguration.Error), cancel).OnnxPath : what;
            var summary = ModelSummary.Of(OnnxFile.Read(path));
            var output = Out(parsed);
            output.WriteLine($"file        {path}");
            foreach (var value in summary.Inputs)
                output.WriteLine($"input       {value}");
            foreach (var value in summary.Outputs)
                output.WriteLine($"output      {value}");
            output.WriteLine(
                $"operators   {string.Join(", ", summary.Operators.Select(o => $"{o.Operator} {o.Count}"))}");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"parameters  {summary.Parameters:N0}"));
            output.WriteLine($"opset       {summary.Opset}");
            if (path == what && summary.Metadata.All(m => m.Key is not (BackboneMetadata.Input or ModelMetadata.Key)))
                WriteSuggestions(output, path);
            foreach (var (key, value) in summary.Metadata)
                output.WriteLine($"{key}: {(value.Length > 300 ? value[..300] + " ..." : value)}");
            return 0;
        }, CancellationToken.None));
        return Job.WithExample(command, "models inspect runs/first/model.onnx");
    }

    private static Command RemoveCommand()
    {
        var name = new Argument<string>("name") { Description = "A model that was pulled or imported." };
        var command = new Command("remove", "Delete a stored model; one of the catalogue can be pulled again.")
            { name };
        command.SetAction(parsed =>
        {
            var freed = new ModelStore().Remove(parsed.GetValue(name)!);
            Out(parsed).WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"Removed '{parsed.GetValue(name)}': {freed / 1e6:N1} MB are free."));
        });
        return Job.WithExample(command, "models remove resnet50");
    }

    /// <summary>Which values of a file can be features, and what import would take.</summary>
    private static void WriteSuggestions(TextWriter output, string path)
    {
        const int Most = 12;
        try
        {
            // A value that is named is not searched for.
            var basis = ImportProposal.For(path, new ImportOverrides { Features = "" });
            foreach (var reason in basis.Reasons)
                output.WriteLine($"proposal    {reason}");
            var usable = UsableValues.Find(path, basis.Spec);
            output.WriteLine(
                $"proposal    {Found(path) ?? (usable.Count > 0 ? "no features were found; choose with --features" : "no value can serve as features")}");
            foreach (var value in usable.Take(Most))
                output.WriteLine(
                    $"usable      {value.Name} {value.Shape}{(value.Pool is null ? "" : $", {value.Pool}")}");
        }
        catch (FaceBiasException e)
        {
            output.WriteLine($"proposal    none: {e.Text.Named()}");
        }

        static string? Found(string path)
        {
            try
            {
                return ImportProposal.For(path, new ImportOverrides()).Reasons[^1];
            }
            catch (FaceBiasException)
            {
                return null;
            }
        }
    }

    private static void Print(ParseResult parsed, Backbone model)
    {
        var output = Out(parsed);
        var batch = model.FixedBatch?.ToString(CultureInfo.InvariantCulture) ?? "N";
        var gives = model.FeatureCount > 0 ? $"{model.FeatureCount} features" : "detections";
        output.WriteLine(
            $"{model.Name}: pixels [{batch}, 3, {model.Input.Height}, {model.Input.Width}] -> {gives}, key {model.Key}");
        output.WriteLine(model.OnnxPath);
        output.WriteLine($"Licence of the package: {model.Licence}. Of the weights: {model.WeightsLicence}");
    }

    private static TextWriter Out(ParseResult parsed) => parsed.InvocationConfiguration.Output;

    /// <summary>A line per step, for work of a few steps.</summary>
    private sealed class StepLines(TextWriter output) : IProgress<StepProgress>
    {
        private string _last = "";

        public void Report(StepProgress value)
        {
            if (value.Step != _last)
                output.WriteLine($"{value.Step} ...");
            _last = value.Step;
        }
    }
}
