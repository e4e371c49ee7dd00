namespace FaceBias.Synthesis;

/// <summary>The ten tones of the Monk Skin Tone scale with their published colours (Ellis Monk, skintone.google, CC BY
/// 4.0), and the colours of light and shadow that a drawing needs around each.</summary>
internal static class MonkSkinTone
{
    private static readonly string[] HexCodes =
    [
        "#f6ede4", "#f3e7db", "#f7ead0", "#eadaba", "#d7bd96", "#a07e56", "#825c43", "#604134", "#3a312a", "#292420",
    ];

    public const int Count = 10;

    /// <summary>The published colour of a tone, 1 (lightest) to 10 (darkest), as "#rrggbb".</summary>
    public static string Hex(int tone) => HexCodes[tone - 1];

    /// <summary>The label of a tone in a table: "monk_1" to "monk_10".</summary>
    public static string Label(int tone) => $"monk_{tone}";

    /// <summary>The tones in three groups, which hold enough faces each where ten do not: light (1 to 3), medium (4 to
    /// 7), dark (8 to 10).</summary>
    public static string Group(int tone) => tone <= 3 ? "light" : tone <= 7 ? "medium" : "dark";

    internal static IReadOnlyList<string> Labels { get; } = [.. Enumerable.Range(1, Count).Select(Label)];

    internal static SkinPalette Palette(int tone)
    {
        var skin = Rgb.Hex(Hex(tone));
        var depth = 1 - skin.Luma;
        // Light skin is modelled by its shadows, dark skin by its highlights: the deeper the tone, the stronger the
        // light that is laid on it, and the more of the red of the lips and cheeks has to come from the colour itself.
        var shadow = skin.Times(0.72 - 0.08 * depth, 0.60 - 0.04 * depth, 0.53);
        var light = skin.Mix(new Rgb(255, 236, 214), 0.34 - 0.10 * depth);
        var blush = skin.Mix(new Rgb(206, 84, 78), 0.42 - 0.26 * depth);
        var lip = skin.Mix(new Rgb(176, 74, 78), 0.58 - 0.26 * depth).Times(1 - 0.10 * depth);
        return new SkinPalette(skin, shadow, shadow.Times(0.62, 0.56, 0.54), light, blush, lip);
    }
}

/// <summary>Colours of one person's skin: the tone itself, its shadow, lines, light, cheeks and lips.</summary>
internal readonly record struct SkinPalette(Rgb Skin, Rgb Shadow, Rgb Line, Rgb Light, Rgb Blush, Rgb Lip);
