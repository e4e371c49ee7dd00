using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Tests;
using Google.Protobuf;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Import;

/// <summary>Kinds of models that exporters write: each becomes a backbone that gives what the same network gives under
/// the plain interface, or a sentence that says what to do.</summary>
public class PeoplesModelsTests
{
    private const int Side = 6, Filters = 9;

    private static readonly Weights Kernel = Weights.Random(1, 3, 3, 3, Filters), Last = Weights.Random(2, Filters, 5);

    /// <summary>The kernel as ONNX has it, [out, in, h, w].</summary>
    private static readonly float[] Turned = [.. from o in Enumerable.Range(0, Filters)
                                                 from c in Enumerable.Range(0, 3)
                                                 from y in Enumerable.Range(0, 3)
                                                 from x in Enumerable.Range(0, 3)
                                                 select (float)Kernel[y, x, c, o]];

    private static readonly Picture Face = Picture.Random(Side, Side, 7);

    private readonly string _folder = TestPaths.NewFolder();

    /// <summary>Convolution and mean, [N, 4], under a normalisation of 0 to 1.</summary>
    private static double[] Expected() => Map().Mean();

    private static Picture Map() => Face.Map(v => v / 255).Conv(Kernel, 1, false);

    private static ImportOverrides Unit => new() { Mean = [0], Scale = [1 / 255f] };

    private string Save(Action<GraphBuilder> build, string name = "model.onnx")
    {
        var graph = new GraphBuilder("people");
        build(graph);
        var path = Path.Combine(_folder, name);
        OnnxFile.Write(graph.Model, path);
        return path;
    }

    private static string Weight(GraphBuilder g) => g.Constant(Turned, Filters, 3, 3, 3);

    private static string Means(GraphBuilder g, string planes) =>
        g.Add("Flatten", [g.Add("GlobalAveragePool", g.Add("Conv", planes, Weight(g)))], [("axis", 1)]);

    private static string Classes(GraphBuilder g, string rows) =>
        g.Add("Gemm", rows, g.Constant(Last.Values, Filters, 5));

    private static float[] Imported(string path, ImportOverrides? overrides = null)
    {
        var proposal = ImportProposal.For(path, overrides ?? Unit);
        return Running.Run(ModelImporter.ImportFile(path, proposal.Spec), "features", Face);
    }

    private static string Refusal(string path, ImportOverrides? overrides = null) =>
        Assert.Throws<FaceBiasException>(() => Imported(path, overrides)).Message;

    /// <summary>SqueezeNet scores classes at every place; its features are what they are scored from.</summary>
    [Fact]
    public void Scores_of_classes_that_are_averaged_are_no_features()
    {
        var path = Save(g =>
        {
            var x = g.Input("x", DataType.Float, "n", 3, Side, Side);
            var map = g.Add("Dropout", g.Add("Conv", x, Weight(g)));
            var scores = g.Add("Relu",
                g.Add("Conv", map,
                    g.Constant([.. Enumerable.Range(0, Filters * 10).Select(i => MathF.Sin(i))], 10, Filters, 1, 1)));
            g.Output(g.Add("Flatten", [g.Add("GlobalAveragePool", scores)], [("axis", 1)]), DataType.Float, "n", 10);
        });
        Running.AssertClose(Expected(), Imported(path), 5e-6);
        Assert.Contains(ImportProposal.For(path, Unit).Reasons,
            r => r.Contains("scores 10 classes", StringComparison.Ordinal));
    }

    /// <summary>Exporters of 2018 declare weights as inputs, among them some that nothing takes (PyTorch's
    /// num_batches_tracked) and some that are folded away (CNTK's reshaped matrices).</summary>
    [Fact]
    public void Weights_declared_as_inputs_ask_for_no_value()
    {
        var path = Save(g =>
        {
            var x = g.Input("x", DataType.Float, "n", 3, Side, Side);
            var kernel = g.Add("Reshape", g.Constant(Turned, Filters, 27), g.Constant(Filters, 3L, 3, 3));
            var means = g.Add("Flatten", [g.Add("GlobalAveragePool", g.Add("Conv", x, kernel))], [("axis", 1)]);
            g.Output(Classes(g, means), DataType.Float, "n", 5);
            g.Model.Graph.Initializer.Add(Tensors.Int64("num_batches_tracked", [7]));
            foreach (var weight in g.Model.Graph.Initializer)
                g.Model.Graph.Input.Add(Declared(weight));
            g.Model.IrVersion = 3;
        });
        Running.AssertClose(Expected(), Imported(path), 5e-6);
    }

    /// <summary>A squeeze that an exporter wrote as "if the last dimension is 1" stays no choice: it could not be
    /// trained.</summary>
    [Fact]
    public void Conditions_on_shapes_are_decided()
    {
        var path = Save(g =>
        {
            var x = g.Input("x", DataType.Float, "n", 3, Side, Side);
            var pooled = g.Add("GlobalAveragePool", g.Add("Conv", x, Weight(g)));
            var last = g.Add("Gather", g.Add("Shape", pooled), g.Initializer(Tensors.Int64("three", [3])));
            var node = new NodeProto { OpType = "If" };
            node.Input.Add(g.Add("Equal", last, g.Initializer(Tensors.Int64("one", [1]))));
            node.Output.Add("rows");
            node.Attribute.Add([Branch("then_branch", "Flatten", pooled), Branch("else_branch", "Identity", pooled)]);
            g.Graph.Node.Add(node);
            g.Output(Classes(g, "rows"), DataType.Float, "n", 5);
        });
        Running.AssertClose(Expected(), Imported(path), 5e-6);
        Assert.DoesNotContain("If",
            Running.Operators(ModelImporter.ImportFile(path, ImportProposal.For(path, Unit).Spec)));
    }

    private static AttributeProto Branch(string name, string op, string value)
    {
        var graph = new GraphProto { Name = name };
        graph.Node.Add(new NodeProto { OpType = op });
        graph.Node[0].Input.Add(value);
        graph.Node[0].Output.Add("branch/y");
        graph.Output.Add(new ValueInfoProto { Name = "branch/y",
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float } } });
        return new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph };
    }

    private static ValueInfoProto Declared(TensorProto tensor)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(tensor.Dims.Select(d => new TensorShapeProto.Types.Dimension { DimValue = d }));
        return new ValueInfoProto
        {
            Name = tensor.Name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = tensor.DataType,
                Shape = shape } },
        };
    }

    /// <summary>A detector's only pooling weighs channels: no row of it sums up the picture.</summary>
    [Fact]
    public void A_pooling_that_only_weighs_channels_is_not_proposed()
    {
        var path = Save(g =>
        {
            var x = g.Input("x", DataType.Float, "n", 3, Side, Side);
            var map = g.Add("Conv", x, Weight(g));
            var weighed = g.Add("Mul", map, g.Add("Sigmoid", g.Add("GlobalAveragePool", map)));
            g.Output(g.Add("Sigmoid", weighed), DataType.Float, "n", Filters, 4, 4);
        });
        Assert.Contains("No feature output was found", Refusal(path), StringComparison.Ordinal);
    }

    /// <summary>CNTK's ResNet ends with a window as large as the map.</summary>
    [Fact]
    public void A_window_that_averages_everything_gives_features()
    {
        var path = Save(g =>
        {
            var x = g.Input("x", DataType.Float, 1, 3, Side, Side);
            g.Output(g.Add("AveragePool", [g.Add("Conv", x, Weight(g))],
                [("kernel_shape", new long[] { Side - 2, Side - 2 })]), DataType.Float, 1, Filters, 1, 1);
        });
        Running.AssertClose(Expected(), Imported(path), 5e-6);
    }

    [Fact]
    public void Bytes_channels_last_a_single_picture_and_half_precision_give_the_same_features()
    {
        Running.AssertClose(Expected(),
            Imported(Save(g => g.Output(Classes(g, Means(g, g.Input("x", DataType.Float, "n", 3, Side, Side))),
                DataType.Float, "n", 5))), 1e-5);
        string Scaled(GraphBuilder g, string bytes) =>
            g.Add("Div", g.Add("Cast", [bytes], [("to", 1L)]), g.Constant(255f));
        Running.AssertClose(Expected(), Imported(Save(g => g.Output(Classes(g, Means(g, Scaled(g,
            g.Add("Transpose", [g.Input("x", DataType.Uint8, "n", Side, Side, 3)],
                [("perm", new long[] { 0, 3, 1, 2 })])))), DataType.Float, "n", 5)), new()), 1e-5);
        Running.AssertClose(Expected(), Imported(Save(g => g.Output(Classes(g, Means(g,
            g.Add("Unsqueeze",
                g.Add("Transpose", [g.Input("x", DataType.Float, Side, Side, 3)], [("perm", new long[] { 2, 0, 1 })]),
                g.Constant(0L)))), DataType.Float, 1, 5))), 1e-5);
        Running.AssertClose(Expected(), Imported(Save(g =>
        {
            var x = g.Input("x", DataType.Float16, "n", 3, Side, Side);
            string Half(ReadOnlySpan<float> values, params long[] dims)
            {
                var bytes = new byte[2 * values.Length];
                for (var i = 0; i < values.Length; i++)
                    BitConverter.TryWriteBytes(bytes.AsSpan(2 * i), (Half)values[i]);
                var tensor = new TensorProto { DataType = (int)DataType.Float16, RawData = ByteString.CopyFrom(bytes) };
                tensor.Dims.AddRange(dims);
                return g.Initializer(tensor);
            }
            var map = g.Add("GlobalAveragePool", g.Add("Conv", x, Half(Turned, Filters, 3, 3, 3)));
            g.Output(g.Add("Gemm", g.Add("Flatten", [map], [("axis", 1)]), Half(Last.Values, Filters, 5)),
                DataType.Float16, "n", 5);
        })), 1e-2);
    }

    [Fact]
    public void One_channel_is_grey()
    {
        var path = Save(
            g => g.Output(g.Add("Flatten", g.Input("x", DataType.Float, "n", 1, Side, Side)), DataType.Float, "n",
                Side * Side));
        var grey = Imported(path, new ImportOverrides { Features = "Flatten_1" });
        for (var i = 0; i < grey.Length; i++)
        {
            var (y, x) = (i / Side, i % Side);
            Assert.Equal((0.299 * Face[y, x, 0] + 0.587 * Face[y, x, 1] + 0.114 * Face[y, x, 2]) / 255, grey[i], 1e-5);
        }
        Assert.Contains("Channels grey",
            Refusal(path, new ImportOverrides { Features = "Flatten_1", Channels = ChannelOrder.Bgr }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_input_needs_a_value_and_keeps_it()
    {
        var path = Save(g =>
        {
            var rows = Means(g, g.Input("x", DataType.Float, "n", 3, Side, Side));
            var factor = g.Input("factor", DataType.Float, "n", 1);
            g.Output(g.Add("Mul", [rows, factor], [], output: "out"), DataType.Float, "n", Filters);
        });
        Assert.Contains("Constants factor=VALUE", Refusal(path), StringComparison.Ordinal);
        ImportOverrides With(params float[] values) =>
            Unit with { Features = "out",
                Constants = new Dictionary<string, IReadOnlyList<float>> { ["factor"] = values } };
        Running.AssertClose([.. Expected().Select(v => 3 * v)], Imported(path, With(3)), 1e-5);
        Assert.Contains("1 values, not 2", Refusal(path, With(1, 2)), StringComparison.Ordinal);
        Assert.Contains("no input 'other'",
            Refusal(path, Unit with { Constants = new Dictionary<string, IReadOnlyList<float>> { ["other"] = [1] } }),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FeaturePooling.Token)]
    [InlineData(FeaturePooling.Mean)]
    public void Tokens_become_rows_as_asked(FeaturePooling pooling)
    {
        var path = Save(g =>
        {
            var map = g.Add("Conv", g.Input("x", DataType.Float, "n", 3, Side, Side), Weight(g));
            var tokens = g.Add("Transpose", [g.Add("Reshape", map, g.Constant(0L, Filters, -1L))],
                [("perm", new long[] { 0, 2, 1 })]);
            g.Output(g.Add("Identity", [tokens], [], output: "last_hidden_state"), DataType.Float, "n",
                (Side - 2) * (Side - 2), Filters);
        });
        Assert.Contains("Features last_hidden_state [N, 16, 9] with tokens: --pool token or --pool mean", Refusal(path),
            StringComparison.Ordinal);
        double[] expected = pooling == FeaturePooling.Mean ? Map().Mean()
            : [.. Enumerable.Range(0, Filters).Select(c => Map()[0, 0, c])];
        Running.AssertClose(expected, Imported(path, Unit with { Pool = pooling }), 1e-5);
    }

    [Fact]
    public void Maps_with_channels_last_are_averaged_over_their_places()
    {
        var path = Save(g =>
        {
            var map = g.Add("Conv", g.Input("x", DataType.Float, "n", 3, Side, Side), Weight(g));
            g.Output(g.Add("Transpose", [map], [("perm", new long[] { 0, 2, 3, 1 })], output: "nhwc"), DataType.Float,
                "n", Side - 2, Side - 2, Filters);
        });
        Running.AssertClose(Expected(), Imported(path, Unit with { Pool = FeaturePooling.Mean }), 1e-5);
    }

    [Fact]
    public void The_name_of_a_class_may_come_first()
    {
        var path = Save(g =>
        {
            var scores = Classes(g, Means(g, g.Input("x", DataType.Float, "n", 3, Side, Side)));
            g.Output(g.Add("ArgMax", [g.Add("Softmax", scores)], [("axis", 1)], output: "label"), DataType.Int64, "n",
                1);
            g.Output(g.Add("Softmax", [scores], [], output: "loss"), DataType.Float, "n", 5);
        });
        Running.AssertClose(Expected(), Imported(path), 1e-5);
        Assert.Contains("'label'", Refusal(path, Unit with { Features = "label" }), StringComparison.Ordinal);
        Assert.Contains("int64", Refusal(path, Unit with { Features = "label" }), StringComparison.Ordinal);
        Assert.Equal(["[N, 5]", "[N, 9]", "[N, 9, 1, 1]"],
            UsableValues.Find(path, ImportProposal.For(path, Unit).Spec).Where(u => u.Pool is null).Select(u => u.Shape)
                .Distinct());
    }

    [Fact]
    public void A_reshape_to_the_batch_of_the_export_opens()
    {
        var path = Save(g =>
        {
            var map = g.Add("GlobalAveragePool",
                g.Add("Conv", g.Input("x", DataType.Float, 8, 3, Side, Side), Weight(g)));
            g.Output(Classes(g, g.Add("Reshape", map, g.Constant(8L, Filters))), DataType.Float, 8, 5);
        });
        var model = ModelImporter.ImportFile(path, ImportProposal.For(path, Unit).Spec);
        Assert.Equal("N", model.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimParam);
        Running.AssertClose(Expected(), Running.Run(model, "features", Face), 1e-5);
    }

    [Fact]
    public void A_batch_that_cannot_open_stays_what_it_is()
    {
        var path = Save(g =>
        {
            var map = g.Add("GlobalAveragePool",
                g.Add("Conv", g.Input("x", DataType.Float, 2, 3, Side, Side), Weight(g)));
            g.Output(Classes(g,
                g.Add("Add", g.Add("Flatten", [map], [("axis", 1)]), g.Constant(new float[2 * Filters], 2, Filters))),
                DataType.Float, 2, 5);
        });
        var model = ModelImporter.ImportFile(path, ImportProposal.For(path, Unit).Spec);
        Assert.Equal(2, model.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimValue);
    }

    [Fact]
    public void Weights_behind_identities_transposes_and_constant_nodes_are_weights()
    {
        var path = Save(g =>
        {
            var x = g.Input("x", DataType.Float, "n", 3, Side, Side);
            var turned = g.Add("Transpose", [g.Constant(Turned, Filters, 3, 3, 3)],
                [("perm", new long[] { 0, 1, 2, 3 })]);
            var rows = g.Add("Flatten", [g.Add("GlobalAveragePool", g.Add("Conv", x, g.Add("Identity", turned)))],
                [("axis", 1)]);
            var constant = g.Add("Constant", [], [("value", Tensors.Float("", Last.Values, Filters, 5))]);
            g.Output(g.Add("MatMul", rows, g.Add("Identity", constant)), DataType.Float, "n", 5);
        });
        Running.AssertClose(Expected(), Imported(path), 1e-5);
    }

    [Fact]
    public void Weights_in_another_file_are_read_from_the_folder_of_the_model_and_nowhere_else()
    {
        string External(string location, long offset, long? length)
        {
            var path = Save(
                g => g.Output(Classes(g, Means(g, g.Input("x", DataType.Float, "n", 3, Side, Side))), DataType.Float,
                    "n", 5));
            var model = OnnxFile.Read(path);
            var kernel = model.Graph.Initializer.First(t => t.Dims.Count == 4);
            var data = kernel.RawData.ToByteArray();
            File.WriteAllBytes(Path.Combine(_folder, "weights.data"), [.. new byte[16], .. data]);
            kernel.ClearRawData();
            kernel.DataLocation = DataLocation.External;
            void Entry(string key, string value) =>
                kernel.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
            Entry("location", location);
            Entry("offset", $"{offset}");
            if (length is not null)
                Entry("length", $"{length}");
            OnnxFile.Write(model, path);
            return path;
        }
        Running.AssertClose(Expected(), Imported(External("weights.data", 16, 4 * Turned.Length)), 1e-5);
        Running.AssertClose(Expected(), Imported(External("weights.data", 16, null)), 1e-5);
        Assert.Contains("cut off", Refusal(External("weights.data", 20, 4 * Turned.Length)), StringComparison.Ordinal);
        Assert.Contains("dimensions ask for", Refusal(External("weights.data", 0, null)), StringComparison.Ordinal);
        Assert.Contains("not beside it", Refusal(External("gone.data", 0, null)), StringComparison.Ordinal);
        foreach (var outside in new[] { "../weights.data", "/etc/passwd", "sub/../../weights.data", "" })
            Assert.Contains("nothing is read from elsewhere", Refusal(External(outside, 0, null)),
                StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(Path.Combine(_folder, "link.data"), "/etc/hostname");
            Assert.Contains("link", Refusal(External("link.data", 0, null)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Loops_and_runs_that_take_too_much_are_refused_with_a_sentence()
    {
        var loop = Save(g =>
        {
            var rows = Means(g, g.Input("x", DataType.Float, "n", 3, Side, Side));
            g.Output(g.Add("Loop", [g.Constant(1L << 62), "", rows], [], output: "out"), DataType.Float, "n", 5);
        });
        Assert.Contains("has a loop", Refusal(loop), StringComparison.Ordinal);
        // 2^40 numbers, that depend on the picture.
        var giant = Save(g =>
        {
            var rows = Means(g, g.Input("x", DataType.Float, "n", 3, Side, Side));
            g.Output(g.Add("ReduceMean",
                [g.Add("Expand", g.Add("Unsqueeze", rows, g.Constant(2L)), g.Constant(1L, Filters, 1L << 40)),
                    g.Constant(2L)], [], output: "out"), DataType.Float, "n", Filters, 1);
        });
        Assert.Contains("more memory than there is", Refusal(giant, Unit with { Features = "out" }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_of_the_runtime_are_not_shown()
    {
        var unknown = Save(g =>
        {
            var rows = Means(g, g.Input("x", DataType.Float, "n", 3, Side, Side));
            var own = g.Add("Swirl", rows);
            g.Graph.Node[^1].Domain = "org.example";
            g.Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "org.example", Version = 1 });
            g.Output(own, DataType.Float, "n", Filters);
        });
        var wrong = Save(g =>
        {
            var rows = Means(g, g.Input("x", DataType.Float, "n", 3, Side, Side));
            g.Output(g.Add("MatMul", rows, g.Constant(new float[35], 7, 5)), DataType.Float, "n", 5);
        }, "wrong.onnx");
        foreach (var message in new[] { Refusal(unknown, Unit with { Features = "Swirl_1" }),
            Refusal(wrong, Unit with { Features = "MatMul_1" }) })
        {
            Assert.DoesNotContain("ErrorCode", message, StringComparison.Ordinal);
            Assert.DoesNotContain("onnxruntime", message, StringComparison.Ordinal);
            Assert.DoesNotContain("\n", message, StringComparison.Ordinal);
        }
        Assert.Contains("Swirl", Refusal(unknown, Unit with { Features = "Swirl_1" }), StringComparison.Ordinal);
    }

    /// <summary>Every row of the section 'models' of the fault collection.</summary>
    [Theory]
    [InlineData("ext", null, null, 96)]
    [InlineData("u8nhwc", null, null, 96)]
    [InlineData("fp16", null, null, 96)]
    [InlineData("grey", null, null, 96)]
    [InlineData("rank3", null, null, 96)]
    [InlineData("customvision", null, null, 96)]
    [InlineData("argmax", null, null, 96)]
    [InlineData("batch8r", null, null, 96)]
    [InlineData("wident", null, null, 96)]
    [InlineData("two", "image_shape", null, 96)]
    [InlineData("dino_tokens", null, FeaturePooling.Token, 48)]
    [InlineData("dino_tokens", null, FeaturePooling.Mean, 48)]
    public void Models_of_the_fault_collection_become_backbones(string name, string? constant, FeaturePooling? pool,
        int count)
    {
        var path = Path.Combine(TestPaths.RealData("faults/models"), $"{name}.onnx");
        var overrides = new ImportOverrides { Pool = pool };
        if (constant is not null)
            overrides = overrides with { Constants = new Dictionary<string,
                IReadOnlyList<float>> { [constant] = [64] } };
        var proposal = ImportProposal.For(path, overrides);
        Assert.Equal(count,
            ModelImporter.ImportFile(path, proposal.Spec).Graph.Output[0].Type.TensorType.Shape.Dim[1].DimValue);
    }

    [Fact]
    public void A_loop_of_the_fault_collection_is_refused() =>
        Assert.Contains("loop", Refusal(Path.Combine(TestPaths.RealData("faults/models"), "46_iloop.onnx"), new()),
            StringComparison.Ordinal);
}
