namespace FaceBias.Reporting;

/// <summary>What a model says of its own uncertainty on the audited rows.</summary>
/// <param name="Curves">How right it is at each percentile of each score.</param>
/// <param name="Rarity">The least and most usual pictures by each score of representation.</param>
/// <param name="Alarms">Whose pictures are called unlike the training pictures.</param>
internal sealed record UncertaintySummary(IReadOnlyList<RiskCurve> Curves, IReadOnlyList<RarePictures> Rarity,
    IReadOnlyList<NoveltyAlarms> Alarms);

/// <summary>Accuracy, or the mean absolute error, of rows in tenths by a score.</summary>
/// <param name="Score">The score's column.</param>
/// <param name="IsRate">Whether the points are accuracies.</param>
/// <param name="Points">The tenths, from the least uncertain.</param>
internal sealed record RiskCurve(string Target, string Score, string Meaning, bool IsRate,
    IReadOnlyList<RiskPoint> Points);

/// <summary>A part of the rows by their score.</summary>
/// <param name="From">Where it begins, as a share of the rows.</param>
/// <param name="Value">Accuracy or mean absolute error.</param>
/// <param name="Low">Lower end of its 95% interval.</param>
/// <param name="High">Upper end.</param>
internal sealed record RiskPoint(double From, double To, int Rows, double Value, double Low, double High);

/// <summary>The pictures at both ends of a score of representation, and the average picture of each tenth.</summary>
/// <param name="Score">The score's column.</param>
/// <param name="Usual">Ids of the best represented, the most usual first.</param>
/// <param name="Rare">Ids of the worst represented, the rarest first.</param>
/// <param name="Averages">PNGs of the average picture of each tenth, from the best represented.</param>
/// <param name="Averaged">Pictures that each is made of.</param>
internal sealed record RarePictures(string Score, IReadOnlyList<string> Usual, IReadOnlyList<string> Rare,
    IReadOnlyList<byte[]> Averages, int Averaged);

/// <summary>How many pictures of each group lie above the limit of the novelty score.</summary>
internal sealed record NoveltyAlarms(string Attribute, IReadOnlyList<NoveltyAlarm> Groups);

/// <summary>A group's share of pictures above the limit, with its exact 95% interval.</summary>
internal sealed record NoveltyAlarm(string Group, int Rows, int Above, double Share, double Low, double High);
