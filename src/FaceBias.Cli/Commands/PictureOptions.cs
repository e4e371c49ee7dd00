using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FaceBias.Onnx.Import;

namespace FaceBias.Cli.Commands;

/// <summary>Options that say how somebody else's model takes pictures.</summary>
internal sealed class PictureOptions
{
    private readonly Option<(int, int)?> _size = new("--size") { Description = "Input size in pixels: 224 or 192x256 (width x height).", CustomParser = ParseSize };
    private readonly Option<PixelLayout?> _layout = new("--layout") { Description = "Order of the input's dimensions: nchw or nhwc." };
    private readonly Option<ChannelOrder?> _channels = new("--channels") { Description = "The colour channels: rgb, bgr or grey." };
    private readonly Option<float[]?> _mean = new("--mean") { Description = "Subtracted from pixels of 0-255: one number or three in the model's channel order, a,b,c.", CustomParser = ParseNumbers };
    private readonly Option<float[]?> _scale = new("--scale") { Description = "Multiplied with afterwards: one number or three, a,b,c.", CustomParser = ParseNumbers };
    private readonly Option<string[]> _constant = new("--constant")
    { Description = "The value of another input than the picture: NAME=NUMBER, or NAME=a,b,c for each of its elements.", AllowMultipleArgumentsPerToken = true, HelpName = "NAME=VALUE" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _size, _layout, _channels, _mean, _scale, _constant })
            command.Options.Add(option);
    }

    public ImportWishes Wishes(ParseResult parsed)
    {
        // Without the option its value is an empty array.
        float[]? Given(Option<float[]?> option) => parsed.GetValue(option) is { Length: > 0 } numbers ? numbers : null;
        return new ImportWishes
        {
            Size = parsed.GetValue(_size), Layout = parsed.GetValue(_layout), Channels = parsed.GetValue(_channels),
            Mean = Given(_mean), Scale = Given(_scale), Constants = Constants(parsed.GetValue(_constant) ?? []),
        };
    }

    private static (int, int)? ParseSize(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        int[] sides = [.. text.Split('x').Select(t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var side) ? side : 0)];
        if (sides.Length is 1 or 2 && sides.All(s => s is > 0 and <= PixelInput.MaxSide))
            return (sides[0], sides[^1]);
        result.AddError($"--size '{text}' is no size; give 224 or 192x256 (width x height, up to {PixelInput.MaxSide}).");
        return null;
    }

    private static float[]? ParseNumbers(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        float[] numbers = [.. text.Split(',').Select(t => float.TryParse(t, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : float.NaN)];
        if (numbers.Length is 1 or 3 && numbers.All(float.IsFinite))
            return numbers;
        result.AddError($"'{text}' is neither one number nor three with commas between, such as 103.9,116.8,123.7.");
        return null;
    }

    /// <summary>"name=1" and "name=1,2,3" as values of inputs.</summary>
    private static Dictionary<string, IReadOnlyList<float>> Constants(IEnumerable<string> given)
    {
        var constants = new Dictionary<string, IReadOnlyList<float>>(StringComparer.Ordinal);
        foreach (var text in given)
        {
            // Names may hold '='; numbers do not.
            var at = text.LastIndexOf('=');
            float[] values = [.. text[(at + 1)..].Split(',').Select(t => float.TryParse(t, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) ? v : float.NaN)];
            if (at < 1 || !values.All(float.IsFinite))
                throw new FaceBiasException($"--constant '{text}' is no value of an input; write NAME=NUMBER or NAME=a,b,c.");
            constants[text[..at]] = values;
        }
        return constants;
    }
}
