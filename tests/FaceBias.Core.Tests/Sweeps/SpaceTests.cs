using System.Text.Json.Nodes;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Search.Spaces;
using FaceBias.Primitives.Options;
using FaceBias.Tests;
using FaceBias.Workflows.Sweep;

namespace FaceBias.Core.Tests.Sweeps;

public class SpaceTests
{
    [Fact]
    public void Every_value_has_a_position_that_leads_back_to_it()
    {
        foreach (var p in HeadSpace.Known())
            for (var i = 0; i <= 200; i++)
            {
                var value = p.At(i / 200.0);
                Assert.Equal(value, p.At(p.PositionOf(value)), Math.Abs(value) * 1e-4);
                if (p is NumberParameter n)
                    Assert.InRange(value, n.Low, n.High);
            }
    }

    [Fact]
    public void Whole_numbers_are_equally_likely()
    {
        var p = new NumberParameter("n", 1, 3, Integer: true) { Default = 1 };
        Assert.All(Enumerable.Range(0, 3000).GroupBy(i => p.At((i + 0.5) / 3000)), g => Assert.Equal(1000, g.Count()));
    }

    [Fact]
    public void A_configuration_survives_json_and_leaves_out_what_means_nothing()
    {
        var space = new SearchSpace(HeadSpace.Known());
        var sgd = space.FromPositions([.. space.Parameters.Select(p => p.Name == "optimizer" ? 0.9 : 0.37)]);
        Assert.False(sgd.Has("learning-rate"));
        Assert.Equal(sgd, Configuration.FromJson(space, JsonNode.Parse(sgd.ToJson().ToJsonString())));
        Assert.Equal(HeadOptimizer.Sgd, HeadSpace.Options(sgd, 1).Optimizer);
        Assert.Equal(sgd.Number("sgd-learning-rate"), HeadSpace.Options(sgd, 1).LearningRate);
        Assert.Null(Configuration.FromJson(space, JsonNode.Parse("""{"hidden": 3}""")));
    }

    [Fact]
    public void The_defaults_of_the_space_are_those_of_training() =>
        Assert.Equal(new TrainOptions { Seed = 3 }, HeadSpace.Options(new SearchSpace(HeadSpace.Known()).Defaults, 3));

    [Fact]
    public void A_file_narrows_the_space_and_the_rest_stays_as_it_is()
    {
        var space = Parse(
            """{"parameters": {"dropout": {"low": 0.1, "high": 0.3}, "batch-size": {"choices": [64, 128]}, "epochs": 5, "class-weights": true}}""");
        Assert.Equal(["epochs", "batch-size", "dropout", "class-weights"], space.Parameters.Select(p => p.Name));
        var options = HeadSpace.Options(space.Defaults, 7);
        Assert.Equal((5, 128, 0.3, true), (options.Epochs, options.BatchSize, options.Dropout, options.ClassWeights));
        Assert.Equal(new TrainOptions().Hidden, options.Hidden);
    }

    [Fact]
    public void Parameters_of_a_method_have_a_meaning_only_under_it()
    {
        MitigationMethod[] methods = [.. MitigationMethods.All.Where(MethodSpace.CanSweep)];
        Assert.Contains(methods, m => m.Name == "group-dro");
        Assert.DoesNotContain(methods, m => m.Name == "dfr");
        var known = MethodSpace.Join(HeadSpace.Known(), methods);
        var plain = new SearchSpace(known).Defaults;
        Assert.Equal(new TrainOptions { Seed = 7 }, HeadSpace.Options(plain, 7));
        var space = SpaceFile.Parse(
            """{"parameters": {"method": {"choices": ["heads", "group-dro"]}, "hidden": 64, "group-dro.eta": 0.1}}""",
            "space.json", known);
        var dro = space.From(p => p.Name == "method" ? 1 : p.Default);
        Assert.False(dro.Has("hidden"));
        var settings = Settings.Of(methods.Single(m => m.Name == "group-dro"), dro);
        Assert.Equal(0.1, settings["eta"]);
        Assert.Equal(methods.Single(m => m.Name == "group-dro").Space.Single(h => h.Name == "decay").Default,
            settings["decay"]);
    }

    [Theory]
    [InlineData("""{"parameters": {"hiden": 3}}""", "parameters.hiden is no parameter; did you mean 'hidden'?")]
    [InlineData("""{"parameters": {"dropout": {"low": 0.5, "high": 0.5}}}""",
        "parameters.dropout.low (0.5) must be below its high")]
    [InlineData("""{"parameters": {"dropout": {"low": "a", "high": 0.5}}}""",
        "parameters.dropout.low must be a number, not \"a\"")]
    [InlineData("""{"parameters": {"dropout": {"high": 0.5}}}""",
        "parameters.dropout.low must be a number; it is missing")]
    [InlineData("""{"parameters": {"hidden": {"low": 1.5, "high": 9}}}""",
        "parameters.hidden.low must be a whole number, not 1.5")]
    [InlineData("""{"parameters": {"dropout": {"low": 0, "high": 0.5, "scale": "log"}}}""",
        "parameters.dropout.low must be above 0 on a logarithmic scale")]
    [InlineData("""{"parameters": {"dropout": {"low": 0, "high": 0.5, "scale": "cubic"}}}""",
        "parameters.dropout.scale must be 'log' or 'linear', not \"cubic\"")]
    [InlineData("""{"parameters": {"optimizer": {"choices": ["adam"]}}}""",
        "parameters.optimizer.choices holds 'adam'; it must be one of adamw, sgd")]
    [InlineData("""{"parameters": {"optimizer": {"low": 0, "high": 1}}}""", "parameters.optimizer is a choice")]
    [InlineData("""{"parameters": {"epochs": {"choices": []}}}""",
        "parameters.epochs.choices must be a list of at least one value")]
    [InlineData("""{"parameters": {"epochs": {"choices": [3, 3]}}}""", "parameters.epochs.choices holds '3' twice")]
    [InlineData("""{"parameters": {"epochs": {"choices": [{}]}}}""", "parameters.epochs.choices holds {}")]
    [InlineData("""{"parameters": {"epochs": [3]}}""", "parameters.epochs must be a value, or an object")]
    [InlineData("""{"parameters": {"epochs": {"low": 1, "high": 3, "step": 1}}}""",
        "parameters.epochs.step is no field")]
    [InlineData("""{"parameters": {"momentum": 0.5}}""", "parameters.momentum means nothing without optimizer sgd")]
    [InlineData("""{"parameters": {"epochs": {"low": 0, "high": 3}}}""",
        "parameters.epochs.low must be at least 1, not 0")]
    [InlineData("""{"parameters": {"epochs": 1e300}}""", "parameters.epochs must be at most 100000")]
    [InlineData("""{"parameters": {"dropout": {"choices": [0.1, 1.5]}}}""",
        "parameters.dropout.choices must be at most 0.99, not 1.5")]
    [InlineData("""{"parameters": {"learning-rate": 0}}""", "parameters.learning-rate must be at least 1E-12, not 0")]
    [InlineData("""{"parameters": {"hidden": {"low": -8, "high": 8, "scale": "linear"}}}""",
        "parameters.hidden.low must be at least 1, not -8")]
    [InlineData("""{"parameters": {"epochs": null}}""", "parameters.epochs must be a value")]
    [InlineData("""{"parameters": {"Dropout": 0.5}}""", "parameters.Dropout is no parameter; did you mean 'dropout'?")]
    [InlineData("""{"parameters": 3}""", "'parameters'")]
    [InlineData("", "is no JSON")]
    [InlineData("""{"parameters": {}}""", "'parameters'")]
    [InlineData("""{"parameters": {"epochs": 3}, "trials": 5}""", "has the field 'trials'")]
    [InlineData("""{"parameters": {"epochs": 3, "epochs": 4}}""", "is no JSON")]
    [InlineData("""[1""", "is no JSON")]
    public void A_mistake_is_a_sentence_that_names_the_field(string json, string sentence)
    {
        var e = Assert.Throws<FaceBiasException>(() => Parse(json));
        Assert.StartsWith("'space.json'", e.Message, StringComparison.Ordinal);
        Assert.Contains(sentence, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_published_schema_is_that_of_the_parameters()
    {
        var path = Path.Combine(TestPaths.Repository, "docs", "reference", "sweep-space.schema.json");
        Assert.True(File.ReadAllText(path) == SpaceSchema.Compose(),
            "Write it again: ./run.sh describe --sweep-schema docs/reference/sweep-space.schema.json");
        var parameters = JsonNode.Parse(File.ReadAllText(path))!["properties"]!["parameters"]!;
        Assert.Equal(HeadSpace.Known().Concat(FinetuneSpace.Known(3)).Select(p => p.Name).Concat(
            [MethodSpace.Method, FeatureSpace.Backbone, FeatureSpace.Mirror]).Order(),
            parameters["properties"]!.AsObject().Select(n => n.Key).Order());
        var pattern = parameters["patternProperties"]!.AsObject().Single().Key;
        Assert.All(MethodSpace.Join([], MitigationMethods.All).Skip(1), p => Assert.Matches(pattern, p.Name));
    }

    [Fact]
    public void What_a_sweep_may_try_is_what_the_options_allow()
    {
        var options = OptionSchema.Of(typeof(TrainOptions)).Concat(OptionSchema.Of(typeof(FinetuneOptions)))
            .Where(o => o.Range is not null).DistinctBy(o => o.Flag).ToDictionary(o => o.Flag[2..], o => o.Range!);
        var both = HeadSpace.Known().Concat(FinetuneSpace.Known(3)).OfType<NumberParameter>()
            // The command line's --batch-size is that of fine-tuning.
            .Where(p => p.Name != "batch-size" && options.ContainsKey(p.Name)).ToList();
        Assert.True(both.Count >= 6);
        Assert.All(both, p => Assert.True(options[p.Name].IsValid(p.Min) && options[p.Name].IsValid(p.Max), p.Name));
    }

    private static SearchSpace Parse(string json) => SpaceFile.Parse(json, "space.json", HeadSpace.Known());
}
