using System.Globalization;
using System.Text.RegularExpressions;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Reporting;

/// <summary>The colours of the pages as people with each kind of colour vision see them.</summary>
public class ColourTests
{
    /// <summary>Complete protanopia, deuteranopia and tritanopia on linear RGB (Machado, Oliveira and Fernandes 2009),
    /// and none.</summary>
    private static readonly double[][] s_visions =
    [
        [1, 0, 0, 0, 1, 0, 0, 0, 1],
        [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
        [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
        [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900],
    ];

    [Theory]
    [InlineData("s0 s1 s2 s3 s4 s5", 9)]
    [InlineData("h0 h2 h4 h6 h8", 5)]
    // Verdicts have a sign, a word and a border of their own beside their colour.
    [InlineData("bad well unknown", 5)]
    public void Colours_that_mean_different_things_differ_for_everybody(string names, double least)
    {
        var css = File.ReadAllText(
            Path.Combine(TestPaths.Repository, "src", "FaceBias.Reporting", "Assets", "page.css"));
        var modes = Regex.Matches(css, @":root \{(.*?)\}", RegexOptions.Singleline).Take(2).ToArray();
        Assert.Equal(2, modes.Length);
        foreach (var mode in modes)
        {
            var colours = names.Split(' ').Select(
                n => Regex.Match(mode.Value, $@"--{n}: #([0-9a-f]{{6}})").Groups[1].Value).ToArray();
            foreach (var vision in s_visions)
                for (var i = 0; i < colours.Length; i++)
                    for (var j = 0; j < i; j++)
                    {
                        var distance = 100
                            * Math.Sqrt(Lab(colours[i], vision).Zip(Lab(colours[j], vision),
                                (a, b) => (a - b) * (a - b)).Sum());
                        Assert.True(distance >= least, $"{colours[i]} and {colours[j]} are {distance:0.0} apart");
                    }
        }
    }

    /// <summary>Oklab (Ottosson 2020) of a colour as a vision sees it.</summary>
    private static double[] Lab(string hex, double[] vision)
    {
        double[] rgb = [
            .. Enumerable.Range(0, 3).Select(
                i => int.Parse(hex.AsSpan(2 * i, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0)
            .Select(v => v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4))];
        double[] Times(double[] m, double[] x) =>
            [.. Enumerable.Range(0, 3).Select(
                i => (m[3 * i] * x[0]) + (m[(3 * i) + 1] * x[1]) + (m[(3 * i) + 2] * x[2]))];
        var cones = Times([0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566,
            0.0883024619, 0.2817188376, 0.6299787005], Times(vision, rgb));
        return Times([0.2104542553, 0.7936177850, -0.0040720468, 1.9779984951, -2.4285922050, 0.4505937099,
            0.0259040371, 0.7827717662, -0.8086757660],
            [.. cones.Select(v => Math.Cbrt(Math.Max(v, 0)))]);
    }
}
