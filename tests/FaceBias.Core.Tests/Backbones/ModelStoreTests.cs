using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using FaceBias.Core.Backbones;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Primitives.Hashing;
using FaceBias.Tests;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Backbones;

public sealed class ModelStoreTests
{
    private readonly string _folder = TestPaths.NewFolder();

    private string Home => Path.Combine(_folder, "home");

    [Fact]
    public void A_model_is_made_once_and_made_again_when_it_was_damaged()
    {
        var (entry, source) = Tiny();
        var packages = new FolderSource(source);
        var store = new ModelStore(Home, new Catalogue([entry]), packages);
        Assert.False(store.IsReady(entry));
        var first = store.Get("tiny");
        Assert.True(store.IsReady(entry));
        Assert.Equal((3, 4, 5, null), (first.FeatureCount, first.Input.Width, first.Input.Height, first.FixedBatch));
        Assert.Equal(16, first.Key.Length);
        Assert.Equal(first, store.Get("tiny") with { Outputs = first.Outputs });
        Assert.Equal(1, packages.Fetches);

        var bytes = File.ReadAllBytes(first.OnnxPath);
        bytes[^3] ^= 1;
        File.WriteAllBytes(first.OnnxPath, bytes);
        Assert.False(store.IsReady(entry));
        Assert.Equal(first.Key, store.Get("tiny").Key);
        Assert.Equal(2, packages.Fetches);
        using var session = new InferenceSession(first.OnnxPath);

        File.WriteAllText(Path.Combine(Home, "models", "tiny.json"), "{ \"Made\": 7");
        Assert.Equal(first.Key, store.Get("tiny").Key);
        Assert.Equal(3, packages.Fetches);
    }

    [Fact]
    public void Another_preprocessing_is_another_key()
    {
        var (entry, source) = Tiny();
        var store = new ModelStore(Home,
            new Catalogue([entry, entry with { Name = "brighter", Input = entry.Input with { Scale = [2, 2, 2] } }]),
            new FolderSource(source));
        Assert.NotEqual(store.Get("tiny").Key, store.Get("brighter").Key);
    }

    [Fact]
    public void An_entry_with_another_feature_count_than_its_file_is_refused()
    {
        var (entry, source) = Tiny();
        var store = new ModelStore(Home, new Catalogue([entry with { Features = new FeatureOutput("out", 7) }]),
            new FolderSource(source));
        Assert.Contains("3 features but the catalogue expects 7",
            Assert.Throws<FaceBiasException>(() => store.Get("tiny")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_imported_file_is_listed_opened_by_name_and_by_path_and_guarded()
    {
        var (_, source) = Tiny();
        var store = new ModelStore(Home);
        var file = Path.Combine(source, "models", "tiny.onnx");
        Assert.Contains("facebias models import", Assert.Throws<FaceBiasException>(() => store.Get(file)).Message,
            StringComparison.Ordinal);
        Assert.Contains("'faceres' already",
            Assert.Throws<FaceBiasException>(() => ModelFileImport.Run(store, file, "faceres")).Message,
            StringComparison.Ordinal);
        Assert.Contains("Name",
            Assert.Throws<FaceBiasException>(() => ModelFileImport.Run(store, file, "../x")).Message,
            StringComparison.Ordinal);

        var (model, _) = ModelFileImport.Run(store, file, "mine", new ImportOverrides { Mean = [0], Scale = [1] });
        Assert.Contains(store.List(), e => e.Name == "mine");
        Assert.Equal(model.Key, store.Get("mine").Key);
        Assert.Equal(model.Key, store.Get(model.OnnxPath).Key);
        File.WriteAllText(model.OnnxPath, "damaged");
        Assert.Contains("import it again", Assert.Throws<FaceBiasException>(() => store.Get("mine")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Packages_are_unpacked_by_the_catalogue_and_sums_are_checked()
    {
        var npm = FakeNpm(("package/models/tiny.onnx", [1, 2, 3]), ("package/../../escaped", [4]),
            ("/etc/absolute", [5]));
        var package = new PackageReference("@scope/tiny", "1.0.0");
        ModelFile good = new("models/tiny.onnx", Sum([1, 2, 3]));
        var folder = new NpmPackageSource(Home, _folder, npm).Fetch(package, [good], null, default);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(Path.Combine(folder, "models/tiny.onnx")));
        Assert.Equal(["tiny.onnx"],
            Directory.EnumerateFiles(Home, "*", SearchOption.AllDirectories).Select(Path.GetFileName));

        // What is there is not fetched again, even without npm.
        Assert.Equal(folder, new NpmPackageSource(Home, _folder, "no-such-npm").Fetch(package, [good], null, default));

        ModelFile other = new("models/tiny.onnx", Sum([9]));
        var e = Assert.Throws<FaceBiasException>(
            () => new NpmPackageSource(Path.Combine(_folder, "h2"), _folder, npm).Fetch(package, [other], null,
                default));
        Assert.Contains(good.Sha256, e.Message, StringComparison.Ordinal);
        Assert.Contains(other.Sha256, e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder, "h2"), "*", SearchOption.AllDirectories));

        ModelFile absent = new("models/absent.bin", Sum([9]));
        Assert.Contains("does not hold 'models/absent.bin'", Assert.Throws<FaceBiasException>(() =>
            new NpmPackageSource(Home, _folder, npm).Fetch(package, [absent], null, default)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_under_node_modules_is_used_where_it_lies()
    {
        var installed = Path.Combine(_folder, "node_modules", "@scope", "tiny");
        Directory.CreateDirectory(installed);
        File.WriteAllText(Path.Combine(installed, "package.json"), """{"version":"1.0.0"}""");
        File.WriteAllBytes(Path.Combine(installed, "x.bin"), [1]);
        var deep = Directory.CreateDirectory(Path.Combine(_folder, "a", "b")).FullName;
        var source = new NpmPackageSource(Home, deep, "no-such-npm");
        Assert.Equal(installed, source.Fetch(new("@scope/tiny", "1.0.0"), [new("x.bin", Sum([1]))], null, default));
        Assert.Contains("install Node.js", Assert.Throws<FaceBiasException>(() =>
            source.Fetch(new("@scope/tiny", "1.0.1"), [new("x.bin", Sum([1]))], null, default)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("npm error code ENOTFOUND\nnpm error network request to x failed", "check the network")]
    [InlineData("npm error code E404\nnpm error 404 Not Found", "does not have tiny@1.0.0")]
    [InlineData("npm error code ETARGET\nnpm error notarget No matching version", "does not have tiny@1.0.0")]
    [InlineData("npm error code EACCES\nnpm error path /x", "EACCES")]
    [InlineData("", "no reason")]
    public void Npm_failures_become_one_sentence(string output, string expected)
    {
        var reason = NpmPackageSource.Failure(new PackageReference("tiny", "1.0.0"), output).Message;
        Assert.Contains(expected, reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', reason);
    }

    [Fact]
    public void A_damaged_archive_is_named_and_a_cancelled_download_stops()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a POSIX shell");
        var package = new PackageReference("tiny", "1.0.0");
        var damaged = Script("printf 'not an archive' > \"$4/tiny.tgz\"");
        Assert.Contains("damaged", Assert.Throws<FaceBiasException>(() =>
            new NpmPackageSource(Home, _folder, damaged).Fetch(package, [new("x", Sum([1]))], null, default)).Message,
            StringComparison.Ordinal);
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        Assert.ThrowsAny<OperationCanceledException>(() =>
            new NpmPackageSource(Home, _folder, Script("sleep 60")).Fetch(package, [new("x", Sum([1]))], null,
                cancel.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Home, "packages")));
    }

    private static string Sum(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>A program that does what "npm pack NAME --pack-destination DIR ..." does, with an archive made
    /// here.</summary>
    private string FakeNpm(params (string Name, byte[] Bytes)[] files)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a POSIX shell");
        var archive = Path.Combine(_folder, $"{Guid.NewGuid():N}.bin");
        using (var zip = new GZipStream(File.Create(archive), CompressionLevel.Fastest))
        using (var tar = new TarWriter(zip))
        {
            foreach (var (name, bytes) in files)
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name)
                    { DataStream = new MemoryStream(bytes) });
        }
        return Script($"cp '{archive}' \"$4/tiny-1.0.0.tgz\"");
    }

    private string Script(string body)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():N}.sh");
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>An ONNX file whose features are the mean of each channel, and its entry.</summary>
    private (CatalogueEntry Entry, string Source) Tiny()
    {
        var g = new GraphBuilder("tiny");
        var x = g.Input("x", DataType.Float, "n", 3, 5, 4);
        g.Output(g.Add("ReduceMean", [x, g.Constant(2L, 3L)], [("keepdims", 0)], output: "out"), DataType.Float, "n",
            3);
        var source = Path.Combine(_folder, "source");
        var path = Path.Combine(source, "models", "tiny.onnx");
        OnnxFile.Write(g.Model, path);
        return (new CatalogueEntry(
            "tiny", "means", ModelKind.Backbone, ModelImporterKind.Onnx,
            [new ModelFile("models/tiny.onnx", Sum(File.ReadAllBytes(path)))],
            new PixelInput(4, 5, ChannelOrder.Rgb, PixelLayout.Nchw, [0, 0, 0], [1, 1, 1]), [], "MIT", "MIT",
            new FeatureOutput("out", 3), new PackageReference("tiny", "1.0.0")), source);
    }

    private sealed class FolderSource(string folder) : IPackageSource
    {
        public int Fetches { get; private set; }

        public Task<string> FetchAsync(PackageReference package, IReadOnlyList<ModelFile> files,
            IProgress<StepProgress>? progress, CancellationToken cancellationToken)
        {
            Fetches++;
            return Task.FromResult(folder);
        }
    }
}

internal static class Fetching
{
    public static string Fetch(this IPackageSource source, PackageReference package, IReadOnlyList<ModelFile> files,
        IProgress<StepProgress>? progress, CancellationToken cancellationToken) =>
        source.FetchAsync(package, files, progress, cancellationToken).GetAwaiter().GetResult();
}
