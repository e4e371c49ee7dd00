using FaceBias.Workflows.Check;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias card</c>: cards of a run whose numbers can be verified.</summary>
internal static class CardCommand
{
    public static Command Create()
    {
        var card = Job.Command<CardRunOptions>("card",
            "Writes the model card, datasheet and related documents of a run, every number with its source.",
            "card --run runs/first", (options, job) => job.Lines([.. CardRun.Write(options),
                $"Next: write what is marked, then facebias card verify --run {options.Run}"]));
        card.Subcommands.Add(
            Job.Command<CardVerifyOptions>("verify",
                "Recomputes every number of the cards; exits with code 3 where one differs.",
                "card verify --run runs/first", (options, job) =>
        {
            var (holds, lines) = CardRun.Verify(options);
            job.Lines(lines);
            return holds ? 0 : CheckCommand.Failed;
        }));
        return card;
    }
}
