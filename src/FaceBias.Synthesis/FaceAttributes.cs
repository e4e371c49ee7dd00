namespace FaceBias.Synthesis;

/// <summary>The perceived gender that a face is drawn with.</summary>
internal enum SynthGender
{
    /// <summary>Perceived as female.</summary>
    Female,

    /// <summary>Perceived as male.</summary>
    Male,
}

/// <summary>How the hair is worn.</summary>
internal enum HairStyle
{
    /// <summary>No hair on the crown.</summary>
    Bald,

    /// <summary>A few millimetres all over.</summary>
    Buzz,

    /// <summary>Short, brushed to the front or up.</summary>
    Short,

    /// <summary>Short with a parting.</summary>
    SideParted,

    /// <summary>Short and curly.</summary>
    Curly,

    /// <summary>Round and full.</summary>
    Afro,

    Bob,

    /// <summary>Over the shoulders, straight.</summary>
    Long,

    /// <summary>Over the shoulders, wavy.</summary>
    LongWavy,

    /// <summary>Braids over the shoulders.</summary>
    Braids,

    /// <summary>Tied up in a bun.</summary>
    Bun,
}

/// <summary>The colour of the hair; age mixes grey into it.</summary>
internal enum HairColour
{
    Black,

    /// <summary>Dark brown.</summary>
    Brown,

    Blond,

    Red,
}

/// <summary>What is behind the person.</summary>
internal enum SynthBackground
{
    /// <summary>A studio backdrop in cool colours.</summary>
    Cool,

    /// <summary>A studio backdrop in warm colours.</summary>
    Warm,

    /// <summary>A room out of focus.</summary>
    Indoor,

    /// <summary>Sky and greenery out of focus.</summary>
    Outdoor,
}

/// <summary>Where the light comes from.</summary>
internal enum SynthLight
{
    /// <summary>From the front, even.</summary>
    Soft,

    Left,

    Right,

    /// <summary>Too little of it.</summary>
    Dim,

    /// <summary>Too much of it.</summary>
    Bright,
}

/// <summary>What is known about a drawn face: its labels and the nuisances that a model must not rely on.</summary>
/// <param name="Age">Perceived age in years, 1 to 100.</param>
/// <param name="SkinTone">Monk Skin Tone, 1 to 10.</param>
/// <param name="HairColour">Hair colour before greying.</param>
/// <param name="Glasses">Whether the person wears glasses.</param>
internal sealed record FaceAttributes(
    SynthGender Gender, int Age, int SkinTone, HairStyle Hair, HairColour HairColour, bool Glasses,
    SynthBackground Background, SynthLight Light);
