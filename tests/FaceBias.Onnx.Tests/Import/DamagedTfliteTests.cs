using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Tests;

namespace FaceBias.Onnx.Tests.Import;

/// <summary>Damaged TensorFlow Lite files: whatever is wrong with them, one sentence.</summary>
public class DamagedTfliteTests
{
    [Fact]
    public void Unknown_operators_are_named()
    {
        Assert.Contains("'SVDF' (tensor 'odd')", Fails(w => w.Node("SVDF", "odd", ["mean"]), "odd"),
            StringComparison.Ordinal);
        Assert.Contains("'CUSTOM Landmarks'", Fails(w => w.Node("CUSTOM Landmarks", "odd", ["mean"]), "odd"),
            StringComparison.Ordinal);
        Assert.Contains("activation 9", Fails(w => w.Node("ADD", "odd", ["mean", "mean"], (0, (byte)9)), "odd"),
            StringComparison.Ordinal);
        var writer = Small();
        writer.Node("SVDF", "odd", ["mean"]);
        Assert.NotEmpty(Import(writer.Write(), "mean").Graph.Node);
    }

    [Theory]
    [InlineData("uint8")]
    [InlineData("int8")]
    [InlineData("int16")]
    public void Quantised_models_are_refused_by_name(string stored)
    {
        var type = Enum.Parse<TfliteType>(stored, ignoreCase: true);
        var message = Fails(w =>
        {
            w.Raw("q", type, [4], [1, 2, 3, 4]);
            w.Node("ADD", "y", ["mean", "q"]);
        }, "y");
        Assert.Contains("is quantised", message, StringComparison.Ordinal);
        Assert.Contains("'q'", message, StringComparison.Ordinal);
        Assert.Contains($"holds {stored};", message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_said()
    {
        Assert.Contains("has 8 bytes", Fails(w => Add(w, TfliteType.Float32, [4], 8), "y"), StringComparison.Ordinal);
        Assert.Contains("has 8 bytes", Fails(w => Add(w, TfliteType.Float32, [-2], 8), "y"), StringComparison.Ordinal);
        Assert.Contains("has 8 bytes",
            Fails(w => Add(w, TfliteType.Float32, [int.MaxValue, int.MaxValue, int.MaxValue, 4], 8), "y"),
            StringComparison.Ordinal);
        Assert.Contains("neither computed nor a constant", Fails(w => Add(w, TfliteType.Float32, [4], 0), "y"),
            StringComparison.Ordinal);
        Assert.Contains("the type string", Fails(w => Add(w, TfliteType.String, [4], 4), "y"),
            StringComparison.Ordinal);
        Assert.Contains("needs 2", Fails(w => w.Node("ADD", "y", ["mean"]), "y"), StringComparison.Ordinal);
        Assert.Contains("depends on itself", Fails(w => w.Node("TANH", "y", ["y"]), "y", replace: true),
            StringComparison.Ordinal);
        Assert.Contains("no tensor 'z'; its outputs are 'mean'", Fails(_ => { }, "z"), StringComparison.Ordinal);
        Assert.Contains("several tensors 'mean'", Fails(w => w.Node("TANH", "mean", ["mean"]), "mean"),
            StringComparison.Ordinal);
        var seven = Assert.Throws<FaceBiasException>(
            () => ModelImporter.ImportTflite(Small().Write(), new ImportSpec(Running.Plain(7, 6), "mean", [])));
        Assert.Contains("correct the input size", seven.Message, StringComparison.Ordinal);

        static void Add(TfliteWriter w, TfliteType type, int[] shape, int bytes)
        {
            w.Raw("q", type, shape, new byte[bytes]);
            w.Node("ADD", "y", ["mean", "q"]);
        }
    }

    [Fact]
    public void Other_files_are_not_taken_for_models()
    {
        var folder = TestPaths.NewFolder();
        foreach (var bytes in new byte[][] { [], [1, 2, 3], [.. "PK\u0003\u0004 something else"u8] })
        {
            File.WriteAllBytes(Path.Combine(folder, "x.tflite"), bytes);
            Assert.Contains("lacks the mark TFL3", FailsOn(Path.Combine(folder, "x.tflite"), "mean"),
                StringComparison.Ordinal);
        }
        File.WriteAllBytes(Path.Combine(folder, "x.tflite"), [255, 255, 255, 127, .. "TFL3"u8, 0, 0]);
        Assert.Contains("points outside of itself", FailsOn(Path.Combine(folder, "x.tflite"), "mean"),
            StringComparison.Ordinal);
        Assert.Contains("Cannot read", FailsOn(Path.Combine(folder, "nothing.tflite"), "mean"),
            StringComparison.Ordinal);
        Assert.Contains("version 7", FailsOn(new TfliteWriter(6, 6) { Version = 7 }.Write(folder), "x"),
            StringComparison.Ordinal);
    }

    /// <summary>A vector that claims two thousand million entries is refused before memory is taken for it.</summary>
    [Fact]
    public void Sizes_are_checked_before_memory_is_taken()
    {
        var path = Small().Write();
        var bytes = File.ReadAllBytes(path);
        var seen = 0;
        for (var at = 8; at + 4 <= bytes.Length; at += 4)
        {
            var damaged = (byte[])bytes.Clone();
            BitConverter.TryWriteBytes(damaged.AsSpan(at), 0x7ffffff0);
            File.WriteAllBytes(path, damaged);
            var before = GC.GetAllocatedBytesForCurrentThread();
            if (Record.Exception(() => Import(path, "mean")) is { } e)
            {
                Assert.IsType<FaceBiasException>(e);
                seen++;
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
        }
        Assert.True(seen > 50, $"Only {seen} places mattered.");
    }

    /// <summary>The file cut off anywhere, and with bytes changed at random: a sentence or a model, never another
    /// exception.</summary>
    [Fact]
    public void No_damage_gets_anything_but_a_sentence() => Damage(Small(), path => Import(path, "mean"));

    [Fact]
    public void No_damage_of_a_classifier_gets_a_proposal_anything_but_a_sentence()
    {
        var writer = Small();
        writer.Constant("classes", Weights.Random(3, 5, 4));
        writer.Node("FULLY_CONNECTED", "logits", ["mean", "classes"]);
        writer.Node("SOFTMAX", "probabilities", ["logits"], (0, 1f));
        Damage(writer, path => ModelImporter.ImportFile(path, ImportProposal.For(path, new ImportOverrides()).Spec));
    }

    private static void Damage(TfliteWriter writer, Action<string> use)
    {
        var path = writer.Write();
        use(path);
        var bytes = File.ReadAllBytes(path);
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var damaged = (byte[])bytes.Clone();
            if (i < 300)
                damaged = damaged[..(bytes.Length * i / 300)];
            else
            {
                for (var k = 0; k <= i % 3; k++)
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }
            File.WriteAllBytes(path, damaged);
            try
            {
                use(path);
            }
            catch (FaceBiasException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }
    }

    private static TfliteWriter Small()
    {
        var writer = new TfliteWriter(6, 6);
        writer.Constant("w", TfliteModelTests.OutFirst(Weights.Random(1, 3, 3, 3, 4)));
        writer.Constant("b", Weights.Random(2, 4), TfliteType.Float16);
        writer.Integers("around", [4, 2], 0, 0, 1, 1, 1, 1, 0, 0);
        writer.Integers("axes", [2], 1, 2);
        writer.Node("PAD", "padded", ["x", "around"]);
        writer.Node("CONV_2D", "conv", ["padded", "w", "b"], (0, (byte)1), (1, 1), (2, 1), (3, (byte)1));
        writer.Node("MAX_POOL_2D", "pool", ["conv"], (0, (byte)0), (1, 2), (2, 2), (3, 2), (4, 2));
        writer.Node("MEAN", "mean", ["pool", "axes"], (0, false));
        return writer;
    }

    private static string Fails(Action<TfliteWriter> add, string output, bool replace = false)
    {
        var writer = replace ? new TfliteWriter(6, 6) : Small();
        add(writer);
        return FailsOn(writer.Write(), output);
    }

    private static string FailsOn(string path, string output) =>
        Assert.Throws<FaceBiasException>(() => Import(path, output)).Message;

    private static ModelProto Import(string path, string output) =>
        ModelImporter.ImportTflite(path, new ImportSpec(Running.Plain(6, 6), output, []));
}
