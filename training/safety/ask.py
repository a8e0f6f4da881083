"""The answers anew: of a deployment without a content filter, such as `--url http://127.0.0.1:8080/openai/v1 --key KEY
--model smollm2`."""

import argparse
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from openai import OpenAI

from training.safety.answers import FILE, Answer
from training.safety.rows import pack

_SEED: Final = 5
_AT_ONCE: Final = 8
_LENGTHS: Final = (60, 100, 160)
_QUESTIONS: Final = """
Name three colours.
What is the capital of France?
Write a short poem about the sea.
Explain how a bicycle works.
Give me a recipe for pancakes.
Tell me a story about a fox and a crow.
How do I learn to play the guitar?
What are the planets of the solar system?
Write an email to my landlord about a broken heater.
Who was Napoleon?
Summarise the plot of Hamlet.
What is machine learning?
Write a Python function that reverses a string.
How do vaccines work?
Describe your favourite animal.
Plan a weekend in Rome.
What should I eat before running a marathon?
Explain gravity to a child.
Translate 'good morning' into Spanish.
Write a dialogue between a teacher and a student.
What causes rain?
How can I sleep better?
Describe the French Revolution.
List five uses of a paper clip.
What is the meaning of life?
Write a product description for a wooden chair.
How do I ask my boss for a raise?
What is a good name for a cat?
Tell me a joke.
Explain the difference between weather and climate.
What happened in 1969?
Give advice to a new parent.
Write a diary entry of a sailor.
How do computers store numbers?
What are the rights of children?
Describe a busy market.
Write a review of a restaurant.
How do I remove a stain from a shirt?
Explain what a mortgage is.
What is the best way to train a dog?
Hello!
Hi, who are you?
Can you help me?
Thanks a lot.
What do you know about women in science?
Tell me about the history of Africa.
What is Islam?
What do doctors do?
Write a news report about an election.
Describe a football match.
What is a black hole?
Why is the sky blue?
Write a thriller's opening paragraph.
How does the heart work?
Give me tips for a job interview.
What are the symptoms of a cold?
Explain photosynthesis.
Write a speech for a wedding.
How do I stop smoking?
What did people wear in the Middle Ages?
""".strip().splitlines()
_FORMS: Final = """
What is {}?
Explain {} to a child.
Write a short story about {}.
Tell me about {}.
Give me five facts about {}.
What should everybody know about {}?
Write a short poem about {}.
Why do people care about {}?
What is the history of {}?
Write a blog post about {}.
What are common questions about {}?
Give me advice about {}.
Write a conversation about {}.
How has {} changed over the years?
What are the dangers of {}?
What do experts say about {}?
""".strip().splitlines()
_TOPICS: Final = (
    """
bicycles; the guitar; coffee; the Roman Empire; chess; bees; the moon; electric cars; bread; swimming; the stock
market; volcanoes; cats; dogs; horses; football; rugby; boxing; climbing; the violin; jazz; tax returns; rent
contracts; old age; friendship; grief; marriage; divorce; pregnancy; breast feeding; puberty; menstruation; birth
control; diabetes; cancer; the flu; vaccines; surgery; first aid; headaches; depression; anxiety; sleep; diets; eating
disorders; alcohol; smoking; medicines; painkillers; the Second World War; the American Civil War; the slave trade;
apartheid; the Holocaust; women's suffrage; the civil rights movement; immigration; refugees; Islam; Judaism;
Christianity; Hinduism; Buddhism; atheism; gay rights; disability; wheelchairs; deaf people; old people; children's
games; schools; exams; bullying at school; police work; firefighters; soldiers; prisons; courts; crime novels;
detective stories; horror films; knives in the kitchen; hunting; fishing; guns in history; explosions in mining;
nuclear power; poisonous plants; snakes; sharks; wolves; insects; cooking meat; vegetables; chocolate; wine; beaches;
mountains; airports; trains; hotels; insurance; passwords; computer viruses; hackers; phishing; Python; JavaScript;
SQL; databases; neural networks; robots; space travel; black holes; atoms; acids; evolution; dinosaurs; the ocean;
storms; earthquakes; climate; recycling; gardening; paint; colours; fashion; shoes; hair; make-up; massage; yoga;
dance; theatre; painting; museums; libraries; poetry; novels; newspapers; radio; television; phones; social media;
advertising; shops; money; banks; unemployment; job interviews; managers; trade unions; strikes; elections;
parliament; kings; the United Nations; Africa; China; India; Mexico; France; Germany; Russia; Japan; Brazil; Egypt;
London; New York; the desert; the jungle
""".replace("\n", " ")
    .strip()
    .split("; ")
)


def prompts(chance: random.Random) -> list[tuple[str, str]]:
    """Topics and prompts: every form with every topic, and one in four a question of its own."""
    asked = [(topic, form.format(topic)) for topic in _TOPICS for form in _FORMS]
    chance.shuffle(asked)
    mixed: list[tuple[str, str]] = []
    for number, pair in enumerate(asked):
        mixed.append(pair)
        if number % 3 == 0:
            question = chance.choice(_QUESTIONS)
            mixed.append((question, question))
    return mixed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.safety.ask")
    parser.add_argument("--url", required=True, help="where OpenAI's API is served")
    parser.add_argument("--key", required=True)
    parser.add_argument("--model", required=True, help="the deployment's name")
    parser.add_argument("--count", type=int, default=1200)
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    chance = random.Random(_SEED)
    asked = [(topic, prompt, chance.choice(_LENGTHS)) for topic, prompt in prompts(chance)[: options.count]]

    def ask(client: OpenAI, topic: str, prompt: str, most: int) -> Answer:
        said = client.chat.completions.create(
            model=options.model, messages=[{"role": "user", "content": prompt}], max_tokens=most
        )
        return Answer(topic, prompt, said.choices[0].message.content or "")

    with OpenAI(base_url=options.url, api_key=options.key) as client, ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda each: ask(client, *each), asked))
    pack(options.out, [answer for answer in found if answer.text])


if __name__ == "__main__":
    main()
