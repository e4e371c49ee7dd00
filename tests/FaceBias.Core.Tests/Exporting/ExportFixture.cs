using System.Diagnostics;
using System.Runtime.InteropServices;
using FaceBias.Core.Data;
using FaceBias.Core.Tests.Runs;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using FaceBias.Workflows.Predict;
using FaceBias.Workflows.Train;

namespace FaceBias.Core.Tests.Exporting;

/// <summary>A finished run, and its export built with the .NET SDK.</summary>
public sealed class ExportFixture : IDisposable
{
    private readonly Lazy<TinyWorld> _world = new(() =>
    {
        var world = new TinyWorld();
        TrainRun.Execute(world.Options);
        return world;
    });

    private readonly List<string> _folders = [];

    /// <summary>A folder for a project that is built; builds are large and go when the tests are over.</summary>
    public string NewFolder()
    {
        _folders.Add(TestPaths.NewFolder("export"));
        return _folders[^1];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var folder in _folders)
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>The folder of the run.</summary>
    public string Run => _world.Value.Options.Out;

    /// <summary>Drawn pictures of the run, readable ones.</summary>
    public string[] Pictures =>
        [.. Directory.GetFiles(_world.Value.Images, "*.jpg").Order(StringComparer.Ordinal)
            .Where(f => new FileInfo(f).Length > 200).Take(6)];

    /// <summary>A picture turned by its EXIF orientation, and as a TIFF.</summary>
    public static string[] OddPictures(string folder, string picture)
    {
        using var image = NetVips.Image.NewFromFile(picture);
        using var turned = image.Mutate(m => m.Set(NetVips.GValue.GIntType, "orientation", 6));
        var files = new[] { Path.Combine(folder, "turned.jpg"), Path.Combine(folder, "picture.tif") };
        turned.Jpegsave(files[0], q: 95);
        image.Tiffsave(files[1]);
        return files;
    }

    /// <summary>A column of <c>facebias predict</c> for pictures, in their order.</summary>
    public double[] Predict(string[] pictures, string column)
    {
        var folder = NewFolder();
        for (var i = 0; i < pictures.Length; i++)
            File.Copy(pictures[i], Path.Combine(folder, $"{i:00}{Path.GetExtension(pictures[i])}"));
        var table = Path.Combine(folder, "predictions.csv");
        PredictRun.Execute(
            new PredictRunOptions { Model = Path.Combine(Run, "model.onnx"), Images = [folder], Out = table });
        var predictions = TableFile.Read(table);
        var ids = (TextColumn)predictions["id"];
        return [.. Enumerable.Range(0, pictures.Length).OrderBy(i => ids[i], StringComparer.Ordinal)
            .Select(i => ((NumberColumn)predictions[column])[i])];
    }

    /// <summary>Builds a project outside the repository; skips with a reason where its packages are not on the
    /// feed.</summary>
    public static string Build(string folder, string project)
    {
        var (code, output, _) = Start(folder, "build", "-v", "quiet", "-nologo", "-o", "out",
            // The native libraries of one platform, not of all.
            $"-p:RuntimeIdentifier={RuntimeInformation.RuntimeIdentifier}", "-p:SelfContained=false",
            "-p:UseAppHost=false", $"{project}.csproj");
        Assert.SkipWhen(output.Contains("NU1101", StringComparison.Ordinal),
            "needs the packages of the exported project on the NuGet feed");
        Assert.True(code == 0, output);
        return Path.Combine(folder, "out", $"{project}.dll");
    }

    /// <summary>Runs dotnet in a folder.</summary>
    public static (int Code, string Output, string Error) Start(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
            { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        // A build server that outlives the build would keep the output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
