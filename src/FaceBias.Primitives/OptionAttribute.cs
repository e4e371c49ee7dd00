namespace FaceBias;

/// <summary>
/// An option of a job, on an init property of its options record: the one place where it is described. The command
/// line, its help and reference, the PowerShell module and the checks of library calls read it from here, with
/// <c>[Range]</c> and <c>[AllowedValues]</c> beside it. A text is made the property's value by the static method
/// <c>Parse</c> + name of the property, of one text or of all, where there is one, else by the property's type.
/// </summary>
/// <param name="help">One sentence for the user. ‹Property› stands for another option.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OptionAttribute(string help) : Attribute
{
    /// <summary>One sentence for the user.</summary>
    public string Help { get; } = help;

    /// <summary>The name on a command line, without dashes; null for that of the property: near-distance for
    /// NearDistance. A switch that is on by default has a name that says what it turns off: no-slices.</summary>
    public string? Name { get; init; }

    /// <summary>What stands for its value in help, such as FILE.</summary>
    public string? ValueName { get; init; }

    /// <summary>Under which heading help lists it.</summary>
    public OptionGroup Group { get; init; }

    /// <summary>Whether most users need it: help lists it first.</summary>
    public bool Common { get; init; }

    /// <summary>The value without it in words, where that is not the property's own.</summary>
    public string? Default { get; init; }

    /// <summary>The value of the option given without one; null where it needs one.</summary>
    public string? Alone { get; init; }

    /// <summary>Whether texts of a list stay as they are; others are split at commas.</summary>
    public bool Whole { get; init; }

    /// <summary>Whether it is one of the options of its record of which exactly one is given. Options whose help begins
    /// "With ‹it›" go with it alone.</summary>
    public bool OneOf { get; init; }

    /// <summary>Whether the record is only made where this option is given, as part of another record.</summary>
    public bool Key { get; init; }
}

/// <summary>A property whose record has options of its own, which are listed as if they were those of the outer record.
/// A record that may be null is made where its option with <see cref="OptionAttribute.Key"/> is given.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OptionsAttribute : Attribute
{
    /// <summary>When they matter, before each help sentence: "With ‹Model›: ".</summary>
    public string When { get; init; } = "";

    /// <summary>The property whose option makes the record; null for the one with
    /// <see cref="OptionAttribute.Key"/>.</summary>
    public string? Key { get; init; }

    /// <summary>The properties that count; null for all.</summary>
    public string[]? Only { get; init; }

    /// <summary>Properties that do not.</summary>
    public string[] Except { get; init; } = [];
}

/// <summary>What a value of an enumeration is called on a command line, where it is not its own name.</summary>
[AttributeUsage(AttributeTargets.Field)]
internal sealed class OptionValueAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>Headings of help, in their order.</summary>
internal enum OptionGroup
{
    /// <summary>Images, tables and labels that go in.</summary>
    Data,

    /// <summary>How tables are read.</summary>
    Tables,

    /// <summary>The model, and how it takes pictures.</summary>
    Model,

    /// <summary>What is found in images before training.</summary>
    Curation,

    /// <summary>How heads are trained.</summary>
    Training,

    /// <summary>How the backbone is trained further.</summary>
    FineTuning,

    /// <summary>How an answer is computed, where there are several ways.</summary>
    Method,

    /// <summary>What is searched, and how.</summary>
    Search,

    /// <summary>What is compared, and how sure it has to be.</summary>
    Audit,

    /// <summary>What a service counts, and when it raises an alarm.</summary>
    Monitoring,

    /// <summary>What a service takes at most.</summary>
    Limits,

    Output,

    /// <summary>Threads, devices and seeds.</summary>
    Resources,
}
